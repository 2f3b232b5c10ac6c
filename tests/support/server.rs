//! A small HTTP/1.1 server whose answers a test writes: one address, one closure. It keeps every request,
//! head byte for byte.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Requests of our own client are far below this.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// The whole head, request line first.
    pub head: String,
    pub at: Instant,
}

impl Request {
    /// The value of a header, byte for byte; `None` where it was not sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found
                .eq_ignore_ascii_case(name)
                .then(|| value.strip_prefix(' ').unwrap_or(value))
        })
    }
}

/// What is sent back.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Pause before the first byte of the head.
    delay: Duration,
    /// Pause before each byte of the body.
    drip: Option<Duration>,
    /// Bytes that are promised and not sent.
    missing: usize,
}

impl Answer {
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            delay: Duration::ZERO,
            drip: None,
            missing: 0,
        }
    }

    pub fn feed(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200)
            .header("Content-Type", "application/rss+xml")
            .body(body)
    }

    pub fn page(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200)
            .header("Content-Type", "text/html; charset=utf-8")
            .body(body)
    }

    pub fn redirect(status: u16, to: impl Into<String>) -> Self {
        Self::new(status).header("Location", to)
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Compresses the body.
    pub fn gzip(mut self) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder
            .write_all(&self.body)
            .expect("a Vec takes everything");
        self.body = encoder.finish().expect("a Vec takes everything");
        self.header("Content-Encoding", "gzip")
    }

    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub fn drip(mut self, pause: Duration) -> Self {
        self.drip = Some(pause);
        self
    }

    /// Leaves the last `bytes` of the body unsent.
    pub fn cut(mut self, bytes: usize) -> Self {
        self.missing = bytes;
        self
    }

    fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        thread::sleep(self.delay);
        let mut head = format!("HTTP/1.1 {} Told\r\nConnection: close\r\n", self.status);
        if self.status != 304 {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        // Header values are Latin-1 on the wire.
        let bytes: Vec<u8> = head
            .chars()
            .map(|c| u8::try_from(c).unwrap_or(b'?'))
            .collect();
        stream.write_all(&bytes)?;
        let body = &self.body[..self.body.len() - self.missing];
        match self.drip {
            None => stream.write_all(body),
            Some(pause) => body.iter().try_for_each(|byte| {
                thread::sleep(pause);
                stream.write_all(&[*byte])
            }),
        }
    }
}

/// Answers until it is dropped.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    closed: Arc<AtomicBool>,
}

impl Server {
    /// Listens on a free port of `ip`, an address in 127.0.0.0/8.
    pub fn start(ip: &str, answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(ip, answer, true)
    }

    /// Keeps no request: for tests that make millions.
    pub fn forgetful(
        ip: &str,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(ip, answer, false)
    }

    fn start_with(
        ip: &str,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
        keeps: bool,
    ) -> Self {
        let ip: IpAddr = ip.parse().expect("an address");
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let closed: Arc<AtomicBool> = Arc::default();
        let (kept, done, answer) = (Arc::clone(&requests), Arc::clone(&closed), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                // A client that goes away in the middle is what some tests want.
                let kept = move |request: &Request| {
                    if keeps {
                        lock(&kept).push(request.clone());
                    }
                };
                thread::spawn(move || stream.and_then(|stream| serve(stream, kept, &*answer)));
            }
        });
        Self {
            address,
            requests,
            closed,
        }
    }

    /// The same answers for every request.
    pub fn paths<const N: usize>(ip: &str, answers: [(&'static str, Answer); N]) -> Self {
        Self::start(ip, move |request| {
            let found = answers.iter().find(|(path, _)| *path == request.path);
            found.map_or_else(|| Answer::new(404), |(_, answer)| answer.clone())
        })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// What was asked for one path.
    pub fn requests_for(&self, path: &str) -> Vec<Request> {
        self.requests()
            .into_iter()
            .filter(|request| request.path == path)
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut stream: TcpStream,
    keep: impl Fn(&Request),
    answer: &dyn Fn(&Request) -> Answer,
) -> io::Result<()> {
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut chunk)?;
        head.extend_from_slice(&chunk[..read]);
        if read == 0 || head.len() > HEAD_BYTES_MAX {
            return Ok(());
        }
    }
    let head: String = head.iter().map(|&byte| char::from(byte)).collect();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let request = Request {
        path,
        head,
        at: Instant::now(),
    };
    keep(&request);
    answer(&request).send(&mut stream)
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
