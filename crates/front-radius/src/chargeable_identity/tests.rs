//! An identity is always the same for one operator, tells another one nothing, and nobody can make one up.

use super::*;

const ACCOUNT_9: RowId = RowId((9 << 32) | 1);

fn identities() -> Identities {
    Identities::new(Some(&Secret::new([7; 32])))
}

#[test]
fn an_identity_is_stable_for_an_operator_and_comes_back_as_the_account() {
    let (one, other) = (identities(), identities());
    let identity = one.of(b"1example.net", ACCOUNT_9).unwrap();
    assert_eq!(identity.len(), 64);
    assert_eq!(other.of(b"1example.net", ACCOUNT_9).unwrap(), identity, "also after a restart");
    assert_eq!(other.read(&identity), Some(ACCOUNT_9), "whoever sends it");
}

#[test]
fn operators_and_accounts_have_nothing_in_common() {
    let identities = identities();
    let of = |operator: &[u8], account| identities.of(operator, account).unwrap();
    let all = [
        of(b"1example.net", ACCOUNT_9),
        of(b"1example.org", ACCOUNT_9),
        of(b"1example.net", RowId((9 << 32) | 2)),
    ];
    for (position, one) in all.iter().enumerate() {
        for other in all.iter().skip(position + 1) {
            let alike = one.iter().zip(other).filter(|(one, other)| one == other).count();
            assert!(alike < 20, "{alike} of 64 digits are alike: chance makes four");
        }
    }
}

#[test]
fn what_is_changed_or_of_another_installation_is_nobodys() {
    let identities = identities();
    let good = identities.of(b"1example.net", ACCOUNT_9).unwrap();
    for position in 0..good.len() {
        let mut changed = good.clone();
        changed[position] = if changed[position] == b'0' { b'1' } else { b'0' };
        assert_eq!(identities.read(&changed), None, "digit {position}");
    }
    for other in [&b""[..], &[0], b"anna@home", &good[..62], &[&good[..], b"00"].concat()] {
        assert_eq!(identities.read(other), None);
    }
    assert_eq!(Identities::new(Some(&Secret::new([8; 32]))).read(&good), None);
    assert_eq!(Identities::new(None).read(&good), None);
    assert_eq!(Identities::new(None).of(b"x", ACCOUNT_9), None);
}

#[test]
fn an_identity_counts_only_for_the_operator_that_was_told_it() {
    let identities = identities();
    let identity = identities.of(b"1example.net", ACCOUNT_9).unwrap();
    let account = |identity: &[u8], operator: Option<&[u8]>, node: &str| {
        let mut request = radius::client::RequestBuilder::accounting(1, 2).unwrap();
        operator.map(|operator| request.attribute(OPERATOR_NAME, operator).unwrap());
        request.attribute(number::CHARGEABLE_USER_IDENTITY, identity).unwrap();
        let request = request.sign(b"secret").unwrap();
        identities.account(&Packet::decode(request.bytes()).unwrap(), node)
    };
    assert_eq!(account(&identity, Some(b"1example.net"), "a"), Some(ACCOUNT_9));
    assert_eq!(account(&identity, Some(b"1example.org"), "a"), None, "then User-Name decides");
    assert_eq!(account(&identity, None, "a"), None, "nobody says that it is the operator's");
    let nodes = identities.of(b"a", ACCOUNT_9).unwrap();
    assert_eq!(account(&nodes, None, "a"), Some(ACCOUNT_9));
    assert_eq!(account(&nodes, None, "b"), None, "another node was told it");
}
