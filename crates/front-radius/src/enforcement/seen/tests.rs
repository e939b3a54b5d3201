use super::*;

/// Numbers of calls and messages are international as they stand in a meter; other destinations are no numbers.
#[test]
fn a_destination_that_is_asked_for_again_does_not_go_through_the_dialling_rules() {
    let asked = |kind, destination: &str| as_asked(kind, destination.into()).into_string();
    assert_eq!(asked(Some(ServiceKind::Voice), "442071234567"), "+442071234567");
    assert_eq!(asked(Some(ServiceKind::Message), "411"), "+411");
    assert_eq!(asked(Some(ServiceKind::Voice), ""), "", "nothing was called yet");
    assert_eq!(asked(Some(ServiceKind::Data), "fleet.example"), "fleet.example");
    assert_eq!(asked(None, "1"), "1");
}
