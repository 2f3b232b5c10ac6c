use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipnet::IpNet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::{Config, Kind};
use crate::poll::guard::LookUp;
use crate::poll::guard::tests::REFUSED;

/// The one address that the user named; a server of ours is there.
const OUTSIDE: &str = "127.0.1.1";

/// What a name of these tests leads to: `n7.test` to the seventh address of the table, `r7.test` to a server
/// outside when it is looked up first and to that address from then on, `m7.test` to both.
fn names() -> Arc<LookUp> {
    let known: Mutex<HashMap<String, usize>> = Mutex::default();
    Arc::new(move |name| {
        let outside: IpAddr = OUTSIDE.parse().unwrap();
        let number: usize = name[1..].trim_end_matches(".test").parse().unwrap();
        let inside: IpAddr = REFUSED[number].parse().unwrap();
        let mut known = known.lock().unwrap();
        let times = known.entry(name.clone()).or_default();
        *times += 1;
        let found = match name.as_bytes()[0] {
            b'r' if *times == 1 => vec![outside],
            b'm' => vec![inside, outside],
            _ => vec![inside],
        };
        Box::pin(async { Ok(found) })
    })
}

/// Counts who comes in at a port, on every address of this machine.
async fn trap() -> (u16, Arc<AtomicUsize>) {
    let listener = match TcpListener::bind("[::]:0").await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
    };
    let port = listener.local_addr().unwrap().port();
    let caught: Arc<AtomicUsize> = Arc::default();
    let count = Arc::clone(&caught);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    (port, caught)
}

/// Sends everybody to the host that the path names, at this port; `/ok` has a document.
async fn signpost(to: u16) -> u16 {
    let listener = TcpListener::bind((OUTSIDE, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let answer = if path == "/ok" {
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".to_owned()
            } else {
                let host = path.trim_start_matches('/');
                format!(
                    "HTTP/1.1 302 Found\r\nLocation: http://{host}:{to}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )
            };
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    port
}

fn client() -> Client {
    let outside: IpNet = format!("{OUTSIDE}/32").parse().unwrap();
    let mut settings = Config::empty().fetch;
    settings.spacing = Duration::ZERO;
    settings.timeout = Duration::from_secs(5);
    Client::behind(Guard::new(&[outside], names()), &settings)
}

async fn ask(client: &Client, url: &str) -> Result<Answer, Failure> {
    let feed = Feed::at(url.parse().unwrap(), Kind::Feed);
    let none = Validators::default();
    client.poll(&feed, url, &none, Timestamp::now).await
}

// rustsec/advisory-db#2665: a check of names lets literals and redirects through, and one before the
// connection lets a name through that leads elsewhere when it is dialled.
#[tokio::test]
async fn nothing_inside_is_dialled_by_any_way() {
    let (inside, caught) = trap().await;
    let outside = signpost(inside).await;
    let client = client();
    assert!(REFUSED.len() >= 40);
    for (number, address) in REFUSED.iter().enumerate() {
        let host = match address.parse().unwrap() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        };
        let ways = [
            ("literal", format!("http://{host}:{inside}/")),
            ("name", format!("http://n{number}.test:{inside}/")),
            (
                "redirect to it",
                format!("http://{OUTSIDE}:{outside}/{host}"),
            ),
            (
                "redirect to a name",
                format!("http://{OUTSIDE}:{outside}/n{number}.test"),
            ),
            (
                "name that changes",
                format!("http://r{number}.test:{outside}/r{number}.test"),
            ),
        ];
        for (way, url) in ways {
            let failure = ask(&client, &url).await.unwrap_err();
            assert_eq!(failure.kind, "refused", "{address} by {way}: {failure}");
        }
    }
    assert_eq!(caught.load(Ordering::Relaxed), 0, "somebody came in");
}

#[tokio::test]
async fn of_a_name_with_two_addresses_the_one_outside_is_dialled() {
    let (inside, caught) = trap().await;
    let outside = signpost(inside).await;
    for (number, inside) in REFUSED.iter().enumerate() {
        let url = format!("http://m{number}.test:{outside}/ok");
        assert!(ask(&client(), &url).await.is_ok(), "{inside}");
    }
    assert_eq!(caught.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn the_trap_catches() {
    let (inside, caught) = trap().await;
    let address: IpAddr = OUTSIDE.parse().unwrap();
    tokio::net::TcpStream::connect((address, inside))
        .await
        .unwrap();
    while caught.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
}
