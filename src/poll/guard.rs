//! Which addresses may be dialled: public ones, and private ones that the user named.
//!
//! A hook on name look-ups alone is no guard: literal addresses and redirects to them never reach it.
//! So names are filtered in the resolver that the client dials from, and literals are checked at every
//! hop before the request is made.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The addresses that a name leads to now.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
/// Looks names up.
pub type LookUp = dyn Fn(String) -> Found + Send + Sync;

/// The addresses that may be dialled.
#[derive(Clone)]
pub struct Guard {
    allowed: Arc<[IpNet]>,
    look_up: Arc<LookUp>,
}

/// Why an address is not dialled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{0} is not an http or https address")]
    Scheme(String),
    #[error("{0} is not a public address (allow it with fetch.allow_private)")]
    Private(String),
}

impl Guard {
    pub fn new(allowed: &[IpNet], look_up: Arc<LookUp>) -> Self {
        Self {
            allowed: allowed.into(),
            look_up,
        }
    }

    /// Checks everything that can be checked of an address before its name is looked up.
    pub fn check_url(&self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme(url.scheme().to_owned() + ":"));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Refused::Scheme("an address without a host".into())),
        };
        self.check(literal)
    }

    pub fn check(&self, address: IpAddr) -> Result<(), Refused> {
        if self.allows(address) {
            Ok(())
        } else {
            Err(Refused::Private(address.to_string()))
        }
    }

    pub fn allows(&self, address: IpAddr) -> bool {
        let inner = inner_address(address);
        let named = |address: &IpAddr| self.allowed.iter().any(|network| network.contains(address));
        named(&address) || named(&inner) || (is_public(address) && is_public(inner))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let all = (guard.look_up)(name.as_str().to_owned()).await?;
            let mut allowed = all
                .iter()
                .copied()
                .filter(|&ip| guard.allows(ip))
                .peekable();
            if allowed.peek().is_none()
                && let Some(first) = all.first()
            {
                return Err(Refused::Private(format!("{} ({first})", name.as_str())).into());
            }
            // The client puts the port in.
            let allowed: Vec<SocketAddr> = allowed.map(|ip| SocketAddr::new(ip, 0)).collect();
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Asks the system.
pub fn system() -> Arc<LookUp> {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// The address that an IPv6 address stands for: IPv4-mapped and -compatible (RFC 4291 §2.5.5), NAT64
/// (RFC 6052, well-known and local-use prefix), 6to4 (RFC 3056) and Teredo (RFC 4380).
fn inner_address(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    let parts = v6.segments();
    let v4 =
        |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match parts {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] if high != 0 || low > 1 => v4(high, low),
        [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 1, _, _, _, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        [0x2001, 0, _, _, _, _, high, low] => v4(!high, !low),
        _ => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Everything that the IANA registry of special-purpose addresses does not hold, nor 168.63.129.16, from
/// which Azure tells a machine its secrets.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match a {
        0 | 10 | 127 | 224..=255 => true,
        100 => (64..128).contains(&b),
        169 => b == 254,
        168 => address.octets() == [168, 63, 129, 16],
        172 => (16..32).contains(&b),
        192 => b == 168 || (b == 0 && matches!(c, 0 | 2)) || (b == 88 && c == 99),
        198 => matches!(b, 18 | 19) || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    // Global unicast is 2000::/3; of it, documentation and the special blocks of 2001::/23 are out.
    let global = parts[0] & 0xe000 == 0x2000;
    let special = (parts[0] == 0x2001 && (parts[1] == 0xdb8 || (0x2..0x200).contains(&parts[1])))
        || (parts[0] == 0x3fff && parts[1] < 0x1000);
    let translated = parts[0] == 0x64 && parts[1] == 0xff9b && parts[2] <= 1;
    let mapped = parts[..5] == [0; 5] && parts[5] == 0xffff;
    (global && !special) || translated || mapped
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub const REFUSED: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:c0a8:101::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:0:0:0:0:0:80ff:fffe",
    ];
    const DIALLED: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.1",
        "168.63.129.15",
        "172.15.0.1",
        "172.32.0.1",
        "192.169.0.1",
        "2606:4700::1111",
        "2a00:1450:4001:81b::200e",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ];

    fn guard(allowed: &[&str]) -> Guard {
        let networks: Vec<IpNet> = allowed.iter().map(|n| n.parse().unwrap()).collect();
        Guard::new(&networks, system())
    }

    #[test]
    fn addresses_inside_are_refused_in_every_form() {
        for address in REFUSED {
            assert!(!guard(&[]).allows(address.parse().unwrap()), "{address}");
        }
        for address in DIALLED {
            assert!(guard(&[]).allows(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn literals_are_seen_however_they_are_written() {
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "file:///etc/passwd",
            "gopher://example.org/",
        ] {
            assert!(
                guard(&[]).check_url(&url.parse().unwrap()).is_err(),
                "{url}"
            );
        }
    }

    #[test]
    fn what_the_user_names_is_dialled_and_nothing_beside_it() {
        let guard = guard(&["127.0.0.0/8"]);
        assert!(guard.allows("127.0.3.4".parse().unwrap()));
        assert!(guard.allows("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!guard.allows("10.0.0.1".parse().unwrap()));
        assert!(!guard.allows("::1".parse().unwrap()));
    }
}
