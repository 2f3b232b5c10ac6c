//! An HTTP proxy that knows the sample outlets and nothing else.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use xxhash_rust::xxh3::xxh3_64;

use super::{book, times};

/// The head of a request of our own client is far below this.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// The server; it ends with the runtime.
pub struct Server {
    address: SocketAddr,
}

/// What stands at one address.
struct Resource {
    bodies: Vec<Vec<u8>>,
    content_type: String,
    etag: bool,
}

struct Site {
    resources: HashMap<String, Resource>,
    asked: Mutex<HashMap<String, usize>>,
}

struct Answer {
    status: &'static str,
    content_type: String,
    etag: Option<String>,
    body: Vec<u8>,
}

impl Server {
    /// Serves the sample outlets, dated shortly before `now`, on a free port of this machine.
    pub async fn start(now: Timestamp) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let site = Arc::new(Site {
            resources: resources(now),
            asked: Mutex::default(),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let site = Arc::clone(&site);
                // A client that goes away in the middle is its own loss.
                tokio::spawn(async move { serve(stream, &site).await });
            }
        });
        Ok(Self { address })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn serve(mut stream: TcpStream, site: &Site) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_BYTES_MAX {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Ok(()),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let url = head.split(' ').nth(1).unwrap_or_default();
    let validator = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("if-none-match")
            .then(|| value.trim().to_owned())
    });
    let answer = site.answer(url, validator.as_deref());
    let etag = answer
        .etag
        .map(|etag| format!("ETag: {etag}\r\n"))
        .unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{etag}Connection: close\r\n\r\n",
        answer.status,
        answer.content_type,
        answer.body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&answer.body).await?;
    stream.shutdown().await
}

impl Site {
    fn answer(&self, url: &str, validator: Option<&str>) -> Answer {
        let Some(resource) = self.resources.get(url) else {
            return Answer {
                status: "404 Not Found",
                content_type: "text/plain".into(),
                etag: None,
                body: Vec::new(),
            };
        };
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(url.to_owned()).or_default();
        let body = &resource.bodies[(*times).min(resource.bodies.len() - 1)];
        *times += 1;
        let etag = resource.etag.then(|| format!("\"{:016x}\"", xxh3_64(body)));
        let unchanged = etag.is_some() && etag.as_deref() == validator;
        Answer {
            status: if unchanged {
                "304 Not Modified"
            } else {
                "200 OK"
            },
            content_type: resource.content_type.clone(),
            etag,
            body: if unchanged { Vec::new() } else { body.clone() },
        }
    }
}

fn resources(now: Timestamp) -> HashMap<String, Resource> {
    let mut resources = HashMap::new();
    let filled = |name: &String| times::fill(file(name).unwrap_or_default(), now);
    for outlet in book().outlet {
        let url = |path: &str| format!("http://{}{path}", outlet.host);
        for feed in &outlet.feed {
            let bodies = std::iter::once(&feed.file)
                .chain(&feed.second)
                .map(filled)
                .collect();
            let content_type = feed.content_type.clone();
            resources.insert(
                url(&feed.path),
                Resource {
                    bodies,
                    content_type,
                    etag: feed.etag_304,
                },
            );
        }
        for page in &outlet.page {
            let bodies = vec![filled(&page.file)];
            let content_type = page.content_type.clone();
            resources.insert(
                url(&page.path),
                Resource {
                    bodies,
                    content_type,
                    etag: false,
                },
            );
        }
    }
    resources
}

/// The bundled files.
fn file(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "ala-too-kabar/rss.xml" => include_bytes!("outlets/ala-too-kabar/rss.xml"),
        "badakhshan-today/feed.json" => include_bytes!("outlets/badakhshan-today/feed.json"),
        "dala-habary/feed.atom" => include_bytes!("outlets/dala-habary/feed.atom"),
        "daricheh/atom.xml" => include_bytes!("outlets/daricheh/atom.xml"),
        "ferghana-gazette/politics.xml" => include_bytes!("outlets/ferghana-gazette/politics.xml"),
        "ferghana-gazette/region.xml" => include_bytes!("outlets/ferghana-gazette/region.xml"),
        "kaboul-express/feed.xml" => include_bytes!("outlets/kaboul-express/feed.xml"),
        "lettre-des-steppes/bases-americaines-moscou.html" => {
            include_bytes!("outlets/lettre-des-steppes/bases-americaines-moscou.html")
        }
        "lettre-des-steppes/rss.xml" => include_bytes!("outlets/lettre-des-steppes/rss.xml"),
        "lettre-des-steppes/xi-jinping-kazakhstan.html" => {
            include_bytes!("outlets/lettre-des-steppes/xi-jinping-kazakhstan.html")
        }
        "oxus-courier/feed.xml" => include_bytes!("outlets/oxus-courier/feed.xml"),
        "payomi-pomir/rss.php" => include_bytes!("outlets/payomi-pomir/rss.php"),
        "sada-hindukush/feed.xml" => include_bytes!("outlets/sada-hindukush/feed.xml"),
        "shyolkovy-put/rss.xml" => include_bytes!("outlets/shyolkovy-put/rss.xml"),
        "silk-road-wire/feed.atom" => include_bytes!("outlets/silk-road-wire/feed.atom"),
        "spin-ghar/2193.html" => include_bytes!("outlets/spin-ghar/2193.html"),
        "spin-ghar/2199.html" => include_bytes!("outlets/spin-ghar/2199.html"),
        "spin-ghar/2207.html" => include_bytes!("outlets/spin-ghar/2207.html"),
        "spin-ghar/index.html" => include_bytes!("outlets/spin-ghar/index.html"),
        "stepnoy-vestnik/index.rdf" => include_bytes!("outlets/stepnoy-vestnik/index.rdf"),
        "turon-xabarlari/feed.1.xml" => include_bytes!("outlets/turon-xabarlari/feed.1.xml"),
        "turon-xabarlari/feed.2.xml" => include_bytes!("outlets/turon-xabarlari/feed.2.xml"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_book_has_a_file() {
        for outlet in book().outlet {
            let feeds = outlet
                .feed
                .iter()
                .flat_map(|f| std::iter::once(&f.file).chain(&f.second));
            for name in feeds.chain(outlet.page.iter().map(|page| &page.file)) {
                assert!(file(name).is_some(), "{name}");
            }
        }
    }
}
