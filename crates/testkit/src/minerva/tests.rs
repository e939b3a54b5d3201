//! The simulator is strict, keeps its state, and makes the faults it is asked for. Requests are written by hand here, over a
//! plain socket, so that no client library smooths anything.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Config, Fault, Purchase, Simulator};

/// `talea:minerva-demo` in Base64.
const BASIC: &str = "Authorization: Basic dGFsZWE6bWluZXJ2YS1kZW1v\r\n";
const HEADERS: &str = "Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \"\"\r\n";

async fn send(url: &str, line: &str, headers: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A connection closed at once may also be reset.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn soap(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>{inside}</e:Body></e:Envelope>"
    )
}

fn operation(name: &str, fields: &str) -> String {
    soap(&format!("<m:{name} xmlns:m=\"urn:minerva:backoffice:customer\">{fields}</m:{name}>"))
}

async fn call(simulator: &Simulator, body: &str) -> String {
    let line = "POST /backoffice/services/CustomerService";
    send(&simulator.url(), line, &format!("{BASIC}{HEADERS}"), body).await
}

const ID: &str = "<m:customerId>c1</m:customerId>";

fn create() -> String {
    operation(
        "createCustomer",
        &format!(
            "{ID}<m:name>A &amp; B</m:name><m:status>ENABLED</m:status><m:servicePackageId>News</m:servicePackageId>"
        ),
    )
}

#[tokio::test]
async fn it_keeps_what_it_is_told_and_answers_with_the_codes_of_the_contract() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let get = operation("getCustomer", ID);
    assert!(call(&simulator, &get).await.contains("<code>CUSTOMER_NOT_FOUND</code>"));
    assert!(call(&simulator, &create()).await.starts_with("HTTP/1.1 200"));
    let twice = call(&simulator, &create()).await;
    assert!(twice.starts_with("HTTP/1.1 500") && twice.contains("<code>CUSTOMER_EXISTS</code>"), "{twice}");
    assert_eq!(simulator.customer("c1").unwrap().name, "A & B");
    let found = call(&simulator, &get).await;
    assert!(found.contains("<name>A &amp; B</name>") && found.contains("<servicePackageId>News<"), "{found}");
    let unknown =
        operation("setServicePackages", &format!("{ID}<m:servicePackageId>Nope</m:servicePackageId>"));
    assert!(call(&simulator, &unknown).await.contains("<code>PACKAGE_UNKNOWN</code>"));
    let none = operation("setServicePackages", ID);
    assert!(call(&simulator, &none).await.starts_with("HTTP/1.1 200"));
    assert!(simulator.customer("c1").unwrap().service_packages.is_empty(), "replace-all");
    let device = format!("{ID}<m:macAddress>00:11:22:33:44:55</m:macAddress><m:serial>S</m:serial>");
    assert!(call(&simulator, &operation("addDevice", &device)).await.starts_with("HTTP/1.1 200"));
    assert!(call(&simulator, &operation("addDevice", &device)).await.contains("DEVICE_EXISTS"));
    assert!(call(&simulator, &operation("removeDevice", &device)).await.starts_with("HTTP/1.1 200"));
    assert!(call(&simulator, &operation("removeDevice", &device)).await.contains("DEVICE_NOT_FOUND"));
    assert!(call(&simulator, &operation("deleteCustomer", ID)).await.starts_with("HTTP/1.1 200"));
    assert!(call(&simulator, &operation("deleteCustomer", ID)).await.contains("CUSTOMER_NOT_FOUND"));
    let requests = simulator.requests();
    assert_eq!(requests.len(), 12);
    assert_eq!((requests[1].operation.as_str(), requests[1].answered.as_str()), ("createCustomer", "ok"));
    assert_eq!(requests[1].body, create(), "recorded raw");
    assert!(!requests[1].head.contains("dGFsZWE6"), "without the password");
}

#[tokio::test]
async fn it_refuses_whatever_the_contract_does_not_name() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    assert!(call(&simulator, &create()).await.starts_with("HTTP/1.1 200"));
    let good = operation("getCustomer", ID);
    for bad in [
        "not xml".to_owned(),
        good.replace("</e:Body>", ""),
        good.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"),
        good.replace("urn:minerva:backoffice:customer", "urn:other"),
        good.replace("<?xml version=\"1.0\"?>", "<!DOCTYPE x>"),
        operation("dropCustomer", ID),
        operation("getCustomer", &format!("{ID}{ID}")),
        operation("getCustomer", &format!("{ID}<m:extra/>")),
        operation("getCustomer", "<m:customerId><m:x/></m:customerId>"),
        operation("setCustomerStatus", &format!("{ID}<m:status>PAUSED</m:status>")),
        operation("addDevice", &format!("{ID}<m:macAddress>001122334455</m:macAddress><m:serial/>")),
        soap(""),
    ] {
        let answer = call(&simulator, &bad).await;
        assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("INVALID_REQUEST"), "{bad}\n{answer}");
    }
    let line = "POST /backoffice/services/CustomerService";
    let url = simulator.url();
    let status = |answer: String| answer.get(9..12).unwrap_or_default().to_owned();
    assert_eq!(status(send(&url, line, HEADERS, &good).await), "401");
    assert_eq!(
        status(send(&url, line, &format!("Authorization: Basic dGFsZWE6\r\n{HEADERS}"), &good).await),
        "401"
    );
    assert_eq!(status(send(&url, line, &format!("{BASIC}SOAPAction: \"\"\r\n"), &good).await), "415");
    assert!(
        send(&url, line, &format!("{BASIC}Content-Type: text/xml\r\n"), &good).await.contains("SOAPAction")
    );
    assert_eq!(status(send(&url, "GET /backoffice/services/CustomerService", BASIC, "").await), "405");
    assert_eq!(status(send(&url, "POST /elsewhere", &format!("{BASIC}{HEADERS}"), &good).await), "404");
    assert_eq!(simulator.customers().len(), 1, "nothing of this changed anything");
}

#[tokio::test]
async fn faults_happen_once_each_in_the_order_planned() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    for fault in [Fault::AcceptThenClose, Fault::Busy, Fault::Internal, Fault::BadXml, Fault::HtmlPage] {
        simulator.fault(fault, 1);
    }
    assert_eq!(call(&simulator, &create()).await, "", "closed without a byte");
    assert!(call(&simulator, &create()).await.starts_with("HTTP/1.1 503"));
    assert!(call(&simulator, &create()).await.contains("<code>INTERNAL</code>"));
    assert!(simulator.customers().is_empty(), "nothing was done so far");
    let broken = call(&simulator, &create()).await;
    assert!(broken.starts_with("HTTP/1.1 200") && !broken.contains("</soap:Envelope>"), "{broken}");
    assert_eq!(simulator.customers().len(), 1, "the work was done although the answer is broken");
    assert!(call(&simulator, &create()).await.contains("<html>"));
    assert!(call(&simulator, &create()).await.contains("CUSTOMER_EXISTS"), "back to normal");
    assert_eq!(simulator.connections(), 6);
}

#[tokio::test]
async fn a_late_answer_comes_after_the_work_is_done() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    simulator.fault(Fault::LateAfterWork { ms: 300 }, 1);
    let begun = std::time::Instant::now();
    let request = create();
    let calling = call(&simulator, &request);
    tokio::pin!(calling);
    let waited = tokio::time::timeout(std::time::Duration::from_millis(150), &mut calling).await;
    assert!(waited.is_err(), "no answer yet");
    assert_eq!(simulator.customers().len(), 1, "but the work is done");
    assert!(calling.await.starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() >= std::time::Duration::from_millis(300));
}

#[tokio::test]
async fn down_means_refused_and_it_comes_back_on_the_same_port_with_its_state() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    call(&simulator, &create()).await;
    let url = simulator.url();
    let address = url.strip_prefix("http://").unwrap();
    simulator.go_down().await;
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let state = send(&simulator.inspect_url(), "GET /_sim/customers", "", "").await;
    assert!(state.contains("\"customerId\":\"c1\""), "the test port stays up: {state}");
    simulator.come_back().await.unwrap();
    assert_eq!(simulator.url(), url);
    assert!(call(&simulator, &create()).await.contains("CUSTOMER_EXISTS"));
}

#[tokio::test]
async fn the_test_port_shows_the_state_and_plans_faults() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let inspect = simulator.inspect_url();
    call(&simulator, &create()).await;
    let one = send(&inspect, "GET /_sim/customers/c1", "", "").await;
    assert!(
        one.contains("\"status\":\"ENABLED\"") && one.contains("\"servicePackages\":[\"News\"]"),
        "{one}"
    );
    assert!(send(&inspect, "GET /_sim/customers/none", "", "").await.starts_with("HTTP/1.1 404"));
    assert!(send(&inspect, "GET /_sim/requests", "", "").await.contains("createCustomer"));
    let json = "Content-Type: application/json\r\n";
    let late = "{\"fault\":\"late_after_work\",\"ms\":1,\"times\":1}";
    for body in ["{\"fault\":\"busy\",\"times\":2}", late] {
        assert!(send(&inspect, "POST /_sim/faults", json, body).await.starts_with("HTTP/1.1 204"), "{body}");
    }
    assert!(call(&simulator, &create()).await.starts_with("HTTP/1.1 503"));
    assert!(send(&inspect, "DELETE /_sim/faults", "", "").await.starts_with("HTTP/1.1 204"));
    assert!(call(&simulator, &create()).await.contains("CUSTOMER_EXISTS"));
    let wrong = send(&inspect, "POST /_sim/faults", json, "{\"fault\":\"flood\"}").await;
    assert!(wrong.starts_with("HTTP/1.1 422"), "{wrong}");
}

#[tokio::test]
async fn purchases_are_told_by_their_time() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    for (id, at) in [("p1", "2026-06-01T00:00:00Z"), ("p2", "2026-06-02T00:00:00Z")] {
        simulator.add_purchase(Purchase {
            purchase_id: id.to_owned(),
            customer_id: "c1".to_owned(),
            title: "Film".to_owned(),
            price: "3.99".to_owned(),
            at: at.to_owned(),
        });
    }
    let ask = "<m:from>2026-06-01T00:00:00Z</m:from><m:to>2026-06-02T00:00:00Z</m:to>";
    let answer = call(&simulator, &operation("getPurchases", ask)).await;
    assert!(answer.contains("<purchaseId>p1<") && !answer.contains("p2"), "{answer}");
}
