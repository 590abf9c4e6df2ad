//! From an inventory to the rows and pages of `list` and `nodes`: the examples that ship in the binary.

use std::path::Path;

use podid::demo;
use podid::evidence::Reading;
use podid::findings::FixFormat;
use podid::inventory::migration;
use podid::inventory::node_rows;
use podid::inventory::restart;
use podid::inventory::rows;
use podid::inventory::selection::{Column, by_role};
use podid::render::Style;
use podid::render::inventory::{export, migration as page, nodes, table};
use podid::report::inventory::{AssociationRow, InventoryList, InventoryReport};

use crate::support::golden;

fn report() -> InventoryReport {
    rows(&demo::inventory().expect("an inventory"), true)
}

fn list(report: InventoryReport) -> InventoryList {
    InventoryList { clusters: vec![report], names_clusters: false, looks_for_trouble: false }
}

fn style(width: usize) -> Style {
    Style { color: false, unicode: true, width }
}

fn holds(name: &str, text: &str) {
    let path = golden::file(&format!("tests/golden/list/{name}.txt"));
    let difference = golden::difference(Path::new(&path), text);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

#[test]
fn the_pages_are_as_kept() {
    for width in [80, 200] {
        holds(&format!("table-{width}"), &table::draw(&list(report()), &style(width), width, false, false));
    }
    holds("wide", &table::draw(&list(report()), &style(200), 200, true, false));
    holds("by-role", &table::draw_roles(&by_role(&[report()], false), &style(80), false, true));
    holds("csv", &export::csv(&list(report())));
    holds("prometheus", &export::prometheus(&list(report())));
    let inventory = demo::inventory().expect("an inventory");
    let stale = restart::stale_pods(&inventory, &report()).into_iter().map(demo::with_owner).collect::<Vec<_>>();
    holds("restart-plan", &table::draw_plan(&restart::plan(&inventory, &report(), &stale), &style(80), true));
}

#[test]
fn the_pages_of_nodes_are_as_kept() {
    let report = node_rows(&demo::nodes().expect("an inventory"));
    for width in [80, 200] {
        holds(&format!("nodes-{width}"), &nodes::draw(&report, &style(width), width, false, false));
    }
    holds("nodes-wide", &nodes::draw(&report, &style(200), 200, true, false));
}

#[test]
fn the_pages_of_a_move_are_as_kept() {
    let inventory = demo::inventory().expect("an inventory");
    let accounts = migration::accounts(&inventory);
    let pods: Vec<_> = migration::pods_to_replace(&inventory, &accounts).into_iter().map(demo::with_owner).collect();
    let (agents, add_ons) = (Reading::Known(Vec::new()), Reading::Known(Vec::new()));
    for (name, format) in [("migrate", FixFormat::Aws), ("migrate-terraform", FixFormat::Terraform)] {
        let read = migration::Read { inventory: &inventory, agents: &agents, add_ons: &add_ons, pods: &pods, format };
        let report = migration::plan(&read);
        holds(name, &page::draw(&report, &style(80)));
        holds(&format!("{name}-markdown"), &page::markdown(&report));
    }
}

#[test]
fn a_table_fits_its_terminal() {
    for width in [80, 100, 120, 160] {
        let page = table::draw(&list(report()), &style(width), width, false, false);
        let widest = page.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= width, "{widest} of {width}:\n{page}");
    }
}

#[test]
fn each_column_sorts() {
    let names = |rows: &[AssociationRow]| rows.iter().map(|row| row.service_account.clone()).collect::<Vec<_>>();
    let sorted = |column: Column| {
        let mut report = report();
        column.sort(&mut report.rows);
        names(&report.rows)
    };
    assert_eq!(sorted(Column::State)[0], "indexer", "what is wrong stands first");
    assert_eq!(sorted(Column::Pods)[0], "worker");
    assert_eq!(sorted(Column::Stale)[0], "worker");
    assert_eq!(sorted(Column::Age)[0], "worker", "the newest association");
    assert_eq!(sorted(Column::Namespace), names(&report().rows));
    assert!(sorted(Column::Serviceaccount).is_sorted());
}

#[test]
fn stale_pods_are_told_by_what_made_them() {
    let inventory = demo::inventory().expect("an inventory");
    let stale = restart::stale_pods(&inventory, &report());
    assert_eq!(stale.len(), 1, "three pods of one replica set");
    assert_eq!(stale[0].others.len(), 2);
}
