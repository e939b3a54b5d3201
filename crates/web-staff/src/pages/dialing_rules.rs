//! The dialing rules of the catalogue: which numbers become which, in the order in which they are tried.

use catalog::{DIALING_RULES, DialingRules, Snapshot};
use web_kit::{
    Card, Column, EmptyState, Facts, Icon, Markup, Row, StaffSection, Table, TableState, el, link,
};

use crate::pages::catalogue::head;
use crate::visit::{Page, Visit};

pub(crate) async fn show(visit: Visit) -> Page {
    let catalog = visit.office().catalog();
    let sets = &catalog.catalog().dialing_rules;
    let mut body = head(&visit, "dialing");
    if sets.is_empty() {
        let words =
            "What subscribers dial is called as it is. Publish dialing rules to make 411 another number.";
        let empty = EmptyState::new(Icon::Catalogue, "No dialing rules", words);
        body.push(Card::bare().flush().child(empty));
    }
    for rules in sets {
        let words = "The first rule that fits decides; a number that none fits is called as it was dialled.";
        let about = Markup::from(el("p").class("muted-ink").child(words));
        let about = web_kit::stack(about.with(named_by(&visit, rules, &catalog)).with(table(rules)));
        let named = Card::new(rules.name.as_str()).child(about);
        body.push(el("div").attr("id", rules.code.as_str()).child(named));
    }
    Ok(visit.page("Dialing rules", StaffSection::Catalogue, body))
}

/// Products and classes that name the rules; customers and accounts may, too.
fn named_by(visit: &Visit, rules: &DialingRules, catalog: &Snapshot) -> Facts {
    let names = |policies: &[catalog::ServicePolicy]| {
        policies.iter().any(|policy| policy.attributes.get(DIALING_RULES) == Some(&rules.code))
    };
    let mut products = Markup::new();
    for product in catalog.catalog().products.iter().filter(|product| names(&product.policies)) {
        let page = visit.url(&format!("/catalogue/products/{}", product.code));
        products.push(el("div").child(link(page, product.name.as_str())));
    }
    let classes = catalog.catalog().classes.iter().filter(|class| names(&class.policies));
    let classes: Vec<&str> = classes.map(|class| class.name.as_str()).collect();
    let has = |found: bool, words: Markup| if found { words } else { Markup::text("none") };
    let any = catalog.catalog().products.iter().any(|product| names(&product.policies));
    Facts::new()
        .fact("Code", el("code").child(rules.code.as_str()))
        .fact("Products", has(any, products))
        .fact("Customer classes", has(!classes.is_empty(), Markup::text(classes.join(", "))))
}

fn table(rules: &DialingRules) -> Table {
    let rows = rules.rules.iter().map(|rule| {
        Row::new()
            .cell(rule.name.as_str())
            .cell(el("code").child(rule.asks()))
            .cell(el("code").child(rule.makes()))
    });
    Table::new("Rules", &TableState::new("", ""))
        .column(Column::text("name", "Rule"))
        .column(Column::text("asks", "Dialled"))
        .column(Column::text("makes", "Called"))
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Catalogue,
            "No rules in this set",
            "Every number is called as it was dialled.",
        ))
}
