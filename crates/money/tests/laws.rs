#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
//! Laws of money: text round trips, sums are exact, rounding is off by less than one step.

use money::{Amount, Currency, Exact, MoneyError, Price, Rounding};
use proptest::prelude::*;

#[test]
fn amounts_read_and_write_as_people_do() {
    assert_eq!(Amount::parse("39.99").unwrap().micros(), 39_990_000);
    assert_eq!(Amount::parse("-0.000001").unwrap().to_string(), "-0.000001");
    assert_eq!(Amount::parse("5").unwrap().to_string(), "5.00");
    assert_eq!(
        Amount::parse("1.0000001"),
        Err(MoneyError::TooPrecise { text: "1.0000001".into(), places: 6 })
    );
    for wrong in ["", ".", "1,5", "1e3", "--1", "0x1", "9999999999999999"] {
        assert!(Amount::parse(wrong).is_err(), "{wrong} must be refused");
    }
}

#[test]
fn twenty_seconds_at_sixty_cents_a_minute_is_exactly_twenty_cents() {
    let price = Price::parse("0.6").unwrap();
    let charge = Exact::of(price, 20, 60).round(6, Rounding::AwayFromZero).unwrap();
    assert_eq!(charge, Amount::parse("0.2").unwrap());
}

#[test]
fn each_rounding_mode_does_what_its_name_says() {
    let round = |text: &str, mode| {
        Exact::from_amount(Amount::parse(text).unwrap()).round(2, mode).unwrap().to_string()
    };
    assert_eq!(round("1.214", Rounding::AwayFromZero), "1.22");
    assert_eq!(round("-1.214", Rounding::AwayFromZero), "-1.22");
    assert_eq!(round("1.215", Rounding::HalfAwayFromZero), "1.22");
    assert_eq!(round("1.214", Rounding::HalfAwayFromZero), "1.21");
    assert_eq!(round("1.225", Rounding::HalfEven), "1.22");
    assert_eq!(round("1.235", Rounding::HalfEven), "1.24");
    assert_eq!(round("-1.219", Rounding::TowardZero), "-1.21");
}

#[test]
fn a_currency_knows_its_places() {
    assert_eq!(Currency::parse("usd").unwrap().numeric(), 840);
    assert_eq!(Currency::parse("JPY").unwrap().exponent(), 0);
    assert!(Currency::parse("XXX").is_err());
}

proptest! {
    /// Small and large numbers go different ways: the same sum with both parts of its fraction so large that they fit no 64 bits.
    #[test]
    fn rounding_does_not_depend_on_how_large_the_fraction_is(
        nanos in prop_oneof![-2_000_000_i64..2_000_000, -4_000_000_000_000_000..4_000_000_000_000_000_i64],
        per in prop_oneof![1_u64..5, 1_u64..100_000],
        places in 0_u8..8,
        mode in prop::sample::select(vec![
            Rounding::AwayFromZero, Rounding::HalfAwayFromZero, Rounding::HalfEven, Rounding::TowardZero,
        ]),
    ) {
        const MANY: u64 = 100_000_000_000_000;
        let small = Exact::of(Price::from_nanos(nanos), 1, per);
        let large = small.share(MANY, MANY).unwrap();
        prop_assert_eq!(small.round(places, mode), large.round(places, mode));
    }

    /// Text of any amount reads back as the same amount, in JSON too.
    #[test]
    fn text_round_trips(micros in -9_000_000_000_000_000i64..9_000_000_000_000_000) {
        let amount = Amount::from_micros(micros);
        prop_assert_eq!(Amount::parse(&amount.to_string()).unwrap(), amount);
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
    }

    /// Rounding moves a charge by less than one step and never against its mode.
    #[test]
    fn rounding_is_close(nanos in 0i64..1_000_000_000_000, units in 0u64..1_000_000, per in 1u64..100_000, places in 0u8..=6) {
        let exact = Exact::of(Price::from_nanos(nanos), units, per);
        let step = 10i64.pow(u32::from(6 - places));
        let up = exact.round(places, Rounding::AwayFromZero).unwrap().micros();
        let down = exact.round(places, Rounding::TowardZero).unwrap().micros();
        prop_assert!(down <= up && up - down <= step);
        prop_assert_eq!(down % step, 0);
        for mode in [Rounding::HalfEven, Rounding::HalfAwayFromZero] {
            let near = exact.round(places, mode).unwrap().micros();
            prop_assert!(near == up || near == down);
        }
    }

    /// Splitting a sum into parts and adding the exact parts gives the whole.
    #[test]
    fn exact_parts_add_up(nanos in 0i64..1_000_000_000_000, a in 0u64..1_000_000, b in 0u64..1_000_000, per in 1u64..1_000_000) {
        let price = Price::from_nanos(nanos);
        let sum = Exact::of(price, a, per).plus(Exact::of(price, b, per)).unwrap();
        prop_assert_eq!(sum, Exact::of(price, a + b, per));
    }
}

#[test]
fn a_hundred_euros_are_108_dollars_25_and_back_by_the_same_quotes() {
    use money::{Exchanged, Quote};
    let (usd, eur) = (Currency::parse("USD").unwrap(), Currency::parse("EUR").unwrap());
    let dollar = Quote::parse("1.0825").unwrap();
    let paid = Exchanged {
        amount: Amount::parse("100").unwrap(),
        currency: eur,
        from: Quote::ONE,
        to: dollar,
        source: "ECB 2026-06-01".into(),
    };
    assert_eq!(paid.into_currency(usd).unwrap(), Amount::parse("108.25").unwrap());
    assert_eq!(paid.to_string(), "100.00 EUR at 1.0825, ECB 2026-06-01");
    let back = Exchanged {
        amount: Amount::parse("108.25").unwrap(),
        currency: usd,
        from: dollar,
        to: Quote::ONE,
        ..paid
    };
    assert_eq!(back.into_currency(eur).unwrap(), Amount::parse("100").unwrap());
    // Yen have no decimal places: 1 dollar at 157.4 yen is 157 yen, rounded once.
    let yen = Exchanged {
        amount: Amount::parse("1").unwrap(),
        to: Quote::parse("157.4").unwrap(),
        from: Quote::ONE,
        ..back
    };
    assert_eq!(yen.into_currency(Currency::parse("JPY").unwrap()).unwrap(), Amount::parse("157").unwrap());
    for wrong in ["0", "-1", "1.0000000000001", "x"] {
        assert!(Quote::parse(wrong).is_err(), "{wrong} must be refused");
    }
    let absurd = Exchanged { amount: Amount::MAX, to: Quote::parse("9000000").unwrap(), ..yen };
    assert_eq!(absurd.into_currency(usd), Err(MoneyError::Overflow));
}
