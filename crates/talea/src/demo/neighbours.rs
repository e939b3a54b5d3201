//! Other households, so that the portals have something to show.

use super::cast::Cast;
use crate::error::TaleaError;
use serde_json::json;

/// Self-care login of the household that stays.
const LOGIN: (&str, &str) = ("maria", "talea-demo-2026");

struct Household {
    name: &'static str,
    product: &'static str,
    add_ons: &'static [&'static str],
    films: u32,
}

const HOUSEHOLDS: &[Household] = &[
    Household { name: "Maria Lopez", product: "homeconnect-plus", add_ons: &["hbo"], films: 2 },
    Household { name: "Noah Fischer", product: "homeconnect", add_ons: &[], films: 0 },
    Household { name: "Ama Mensah", product: "homeconnect-plus", add_ons: &["dvr"], films: 1 },
    Household { name: "Harbor Cafe LLC", product: "homeconnect-plus", add_ons: &[], films: 0 },
    Household { name: "Liam O'Connor", product: "homeconnect", add_ons: &["hbo"], films: 3 },
    Household { name: "Yuki Tanaka", product: "homeconnect-plus", add_ons: &["hbo", "dvr"], films: 1 },
    Household { name: "Priya Raman", product: "homeconnect", add_ons: &[], films: 0 },
];

/// Signs them up over the API; the self-care login of the first one.
pub async fn move_in(cast: &Cast<'_>) -> Result<(String, String), TaleaError> {
    for (position, household) in HOUSEHOLDS.iter().enumerate() {
        let user = household.name.to_lowercase().replace([' ', '\''], ".");
        let login = (position == 0).then(|| json!({ "login": LOGIN.0, "password": LOGIN.1 }));
        let mut body = json!({
            "name": household.name,
            "email": format!("{user}@example.com"),
            "phone": format!("+1207555{:04}", 200 + position),
            "address": format!("{} Harbor Street\nPortland, ME 04101", 20 + position),
            "payment": "postpaid",
            "credit_limit": "150.00",
            "zone": "America/New_York",
            "net_days": 30,
            "account": {
                "product": household.product,
                "add_ons": household.add_ons,
                "label": "Home",
                "identifiers": [{ "realm": "user", "value": format!("{user}@aurora.example") }],
                "password": "harbor-light-7",
                "devices": [{ "kind": "stb", "mac": format!("00:1A:2B:00:00:{position:02X}"), "serial": format!("STB-1{position:03}"), "model": "Aurora Box" }],
            },
        });
        if let (Some(login), Some(fields)) = (login, body.as_object_mut()) {
            fields.insert("login".to_owned(), login);
        }
        let key = format!("demo-neighbour-{position}");
        let answer =
            cast.api.post_once("/customers", &key, &body).await?.expect_success("a neighbour's sign-up")?;
        for film in 0..household.films {
            let title = *["Tide Tables", "The Long Pier"].get(film as usize).unwrap_or(&"Salt");
            let body = json!({
                "account": answer.text("account"), "service": "vod", "item": "film", "units": 1,
                "description": title,
                "reference": format!("MNV-2{position:02}{film:02}"),
            });
            let key = format!("demo-neighbour-{position}-film-{film}");
            cast.api.post_once("/charges", &key, &body).await?.expect_success("a neighbour's film")?;
        }
    }
    Ok((LOGIN.0.to_owned(), LOGIN.1.to_owned()))
}
