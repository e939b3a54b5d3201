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
    assert_eq!((start.after(), start.filter("q")), (Some("k9"), Some("a&b c")));
    let next = start.page_after("k 18");
    assert_eq!(next, "/customers?status=active&sort=-funds&q=a%26b+c&back=k9&after=k+18");
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

/// The state of an address.
fn at(address: &str) -> TableState {
    TableState::new("/customers", address.split_once('?').map_or("", |(_, query)| query))
}

#[test]
fn previous_leads_back_page_by_page_over_the_very_addresses_that_were_turned() {
    let first = state("status=active");
    assert_eq!(first.page_before(), None);
    let second = at(&first.page_after("k1"));
    let third = at(&second.page_after("k2"));
    let fourth = at(&third.page_after("k3"));
    assert_eq!(fourth.page_before().as_deref(), Some(third.here().as_str()));
    assert_eq!(third.page_before().as_deref(), Some(second.here().as_str()));
    assert_eq!(second.page_before().as_deref(), Some(first.here().as_str()));
    assert!(!fourth.here().contains("before") && fourth.is_filtered());
    let unfiltered = at(&state("").page_after("k1"));
    assert!(!at(&unfiltered.page_after("k2")).is_filtered(), "a place in a list is no filter");
    assert_eq!(fourth.sorted_by("name", Direction::Ascending), "/customers?status=active&sort=name");
}

#[test]
fn a_long_way_back_is_cut_at_its_oldest_end_and_the_address_stays_readable() {
    let mut here = state("q=ada");
    for page in 0..200 {
        here = at(&here.page_after(&format!("cursor-of-page-number-{page}")));
    }
    assert!(here.here().len() < 4_000, "{}", here.here().len());
    assert_eq!((here.after(), here.filter("q")), (Some("cursor-of-page-number-199"), Some("ada")));
    let mut turned = 0;
    while let Some(before) = here.page_before() {
        (here, turned) = (at(&before), turned + 1);
    }
    assert!(turned > 20 && here.here() == "/customers?q=ada", "{turned} pages back, then the first");
}

#[test]
fn a_table_offers_previous_only_where_it_has_pages_and_is_not_on_the_first() {
    let second = at(&state("").page_after("k1"));
    let html = table(&second).pages(Some("k2")).to_string();
    assert!(
        html.contains("rel=\"prev\" href=\"/customers\"") && html.contains("back=k1&amp;after=k2"),
        "{html}"
    );
    assert!(!table(&second).to_string().contains("rel=\"prev\""));
    let html = table(&state("")).pages(Some("k1")).to_string();
    assert!(!html.contains("rel=\"prev\"") && html.contains("rel=\"next\""));
    let gone = Table::new("Customers", &second).pages(None::<String>).to_string();
    assert!(gone.contains("rel=\"prev\"") && gone.contains("Nothing matches"), "rows went meanwhile: {gone}");
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
