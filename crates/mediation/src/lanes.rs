//! Lines side by side: those of one account stay in order, different accounts share the waiting for the disk.

use crate::purchase_file::PurchaseLine;
use std::collections::BTreeMap;

/// Lines of different accounts worked on at the same time.
const LANES: usize = 8;

/// What `serve` gave for each line, in the order of the lines. Lines of one account are served one after the other.
pub(crate) fn serve<T: Send>(lines: &[PurchaseLine], serve: impl Fn(&PurchaseLine) -> T + Sync) -> Vec<T> {
    let mut lanes: Vec<Vec<(usize, &PurchaseLine)>> = (0..LANES).map(|_| Vec::new()).collect();
    let mut lane_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, line) in lines.iter().enumerate() {
        let account = line.content.as_ref().map_or("", |purchase| purchase.account.as_str());
        let next = lane_of.len() % LANES;
        let lane = *lane_of.entry(account).or_insert(next);
        if let Some(lane) = lanes.get_mut(lane) {
            lane.push((position, line));
        }
    }
    let serve = &serve;
    let mut served: Vec<(usize, T)> = std::thread::scope(|scope| {
        let work = |lane: Vec<(usize, &PurchaseLine)>| -> Vec<(usize, T)> {
            lane.into_iter().map(|(position, line)| (position, serve(line))).collect()
        };
        let filled = lanes.into_iter().filter(|lane| !lane.is_empty());
        let threads: Vec<_> = filled.map(|lane| scope.spawn(move || work(lane))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    served.sort_by_key(|(position, _)| *position);
    served.into_iter().map(|(_, result)| result).collect()
}
