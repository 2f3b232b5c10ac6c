//! A server with certificates of our own, made as they are needed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

/// Signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }
}

/// Whom a certificate is for, and how.
pub struct Named {
    params: CertificateParams,
    is_self_signed: bool,
}

impl Named {
    pub fn host(name: &str) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.distinguished_name = DistinguishedName::new();
        Self {
            params,
            is_self_signed: false,
        }
    }

    /// An IP address.
    pub fn address(address: &str) -> Self {
        Self::host(address)
    }

    pub fn from(mut self, year: i32) -> Self {
        self.params.not_before = date_time_ymd(year, 1, 1);
        self
    }

    pub fn until(mut self, year: i32) -> Self {
        self.params.not_after = date_time_ymd(year, 1, 1);
        self
    }

    pub fn self_signed(mut self) -> Self {
        self.is_self_signed = true;
        self
    }
}

/// Sends the same bytes to everybody who asks.
pub struct Secure {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
    is_left_open: Arc<AtomicBool>,
}

impl Secure {
    pub fn start(ip: &str, authority: &Authority, named: Named, answer: Vec<u8>) -> Self {
        let config = Arc::new(config(authority, named));
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("an address"),
            requests: Arc::default(),
            closed: Arc::default(),
            is_left_open: Arc::default(),
        };
        let (requests, closed) = (Arc::clone(&server.requests), Arc::clone(&server.closed));
        let is_left_open = Arc::clone(&server.is_left_open);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::Relaxed) {
                    return;
                }
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
                // Who does not like the certificate goes away.
                let _ = serve(connection, stream, &answer, &requests, &is_left_open);
            }
        });
        server
    }

    /// Closes connections without a `close_notify`.
    pub fn without_close(self) -> Self {
        self.is_left_open.store(true, Ordering::Relaxed);
        self
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// Requests that came through.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

fn config(authority: &Authority, named: Named) -> ServerConfig {
    let key = KeyPair::generate().expect("a key");
    let certificate = if named.is_self_signed {
        named.params.self_signed(&key)
    } else {
        named.params.signed_by(&key, &authority.0)
    };
    let certificate = CertificateDer::from(certificate.expect("a certificate"));
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate that fits its key")
}

fn serve(
    connection: ServerConnection,
    stream: TcpStream,
    answer: &[u8],
    requests: &AtomicUsize,
    is_left_open: &AtomicBool,
) -> std::io::Result<()> {
    let mut stream = rustls::StreamOwned::new(connection, stream);
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            read => head.extend_from_slice(&chunk[..read]),
        }
    }
    requests.fetch_add(1, Ordering::Relaxed);
    stream.write_all(answer)?;
    if !is_left_open.load(Ordering::Relaxed) {
        stream.conn.send_close_notify();
    }
    stream.flush()
}
