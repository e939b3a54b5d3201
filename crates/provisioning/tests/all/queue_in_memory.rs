//! The queue in memory keeps every promise of the queue's contract.

use provisioning::{MemoryQueue, queue_contract};

#[tokio::test]
async fn the_queue_in_memory_passes_the_contract_suite() {
    let queue = MemoryQueue::default();
    let enqueue = |connector, account, due_at| {
        let id = queue.enqueue(connector, account, "account/created", due_at);
        async move { id }
    };
    queue_contract::check(&queue, enqueue).await.unwrap();
}
