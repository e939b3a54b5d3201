//! Tables and what their address says.

use web_kit::*;

fn state(query: &str) -> TableState {
    TableState::new("/customers", query)
}

fn table(state: &TableState) -> Table {
    Table::new("Customers", state)
        .column(Column::text("name", "Name").sortable())
        .column(Column::figure("funds", "Funds").sortable())
        .row(Row::new().opens("/customers/17").cell("Ada").cell(money(1_000_000, "USD", 2)))
}

#[test]
fn the_address_round_trips_through_sort_filter_and_page() {
    let start = state("status=active&sort=-funds&after=k9&q=a%26b+c");
    assert_eq!(start.sort(), Some(("funds", Direction::Descending)));
    assert_eq!((start.after(), start.before(), start.filter("q")), (Some("k9"), None, Some("a&b c")));
    let next = start.page_after("k 18");
    assert_eq!(next, "/customers?status=active&sort=-funds&q=a%26b+c&after=k+18");
    let read = TableState::new("/customers", next.split_once('?').unwrap().1);
    assert_eq!(read.after(), Some("k 18"));
    assert_eq!(read.filter("q"), Some("a&b c"));
}

#[test]
fn changing_sort_or_filter_starts_at_the_first_page() {
    let start = state("after=k9&status=active");
    assert_eq!(start.sorted_by("name", Direction::Ascending), "/customers?status=active&sort=name");
    assert_eq!(start.with("status", ""), "/customers");
    assert_eq!(start.at("/customers.csv"), "/customers.csv?status=active");
}

#[test]
fn an_overlong_query_is_cut_at_a_letter_and_not_refused() {
    let long = format!("q={}", "ä".repeat(5_000));
    assert!(state(&long).filter("q").unwrap().chars().count() < 5_000);
}

#[test]
fn a_sorted_heading_says_so_and_links_to_the_other_direction() {
    let html = table(&state("sort=name")).to_string();
    assert!(html.contains("aria-sort=\"ascending\""));
    assert!(html.contains("href=\"/customers?sort=-name\""));
    assert!(html.contains("href=\"/customers?sort=funds\""));
}

#[test]
fn a_hidden_column_is_gone_from_head_rows_and_totals_and_the_link_moves_on() {
    let html = table(&state("hide=name")).totals(["Total", "T2"]).column_picker().to_string();
    assert!(!html.contains(">Ada<") && !html.contains(">Total<"));
    assert!(html.contains(">T2<"));
    assert!(html.contains("<a class=\"row-link\" href=\"/customers/17\"><data"), "{html}");
    assert!(
        html.contains("href=\"/customers?hide=name%2Cfunds\""),
        "the picker offers to hide the other one too"
    );
    assert!(
        html.contains("href=\"/customers\" role=\"menuitemcheckbox\" aria-checked=\"false\""),
        "and to show this one again"
    );
}

#[test]
fn a_filter_form_keeps_the_rest_of_the_address() {
    let html = table(&state("sort=-funds&after=k9&status=active"))
        .choice("status", "Status", [("active", "Active")])
        .to_string();
    assert!(html.contains("name=\"sort\" value=\"-funds\""));
    assert!(!html.contains("name=\"after\""));
    assert!(html.contains("<option value=\"active\" selected>"));
}

#[test]
fn an_empty_list_explains_itself_and_a_filtered_one_offers_the_way_back() {
    let empty = |query: &str| {
        let empty = EmptyState::new(Icon::Customers, "No customers yet", "They appear here.");
        Table::new("Customers", &state(query)).empty(empty).to_string()
    };
    assert!(empty("sort=name").contains("No customers yet"));
    assert!(empty("q=zzz").contains("Clear the filters"));
}

#[test]
fn a_field_gives_back_what_was_typed_but_never_a_password() {
    let text = Field::text("mac", "MAC")
        .value("00:1A")
        .error(Some("Six pairs of hex digits."))
        .help("On the box.")
        .to_string();
    assert!(text.contains("value=\"00:1A\""));
    assert!(
        text.contains("aria-describedby=\"f-mac-error f-mac-help\"")
            && text.contains("aria-invalid=\"true\"")
    );
    assert!(!Field::password("pin", "PIN").value("1234").to_string().contains("1234"));
    assert!(Field::area("note", "Note", 3).value("\nfirst").to_string().contains(">\n\nfirst</textarea>"));
}
