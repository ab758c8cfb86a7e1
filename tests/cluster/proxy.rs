//! A way to the API server that can be blocked: connections stay open, and nothing passes any more.
//!
//! It must not know what passes: it sees bytes.

use crate::shop::Shop;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A proxy in front of the API server. Its threads end with the test binary.
pub(crate) struct Proxy {
    /// The path of a kubeconfig that leads through it.
    pub(crate) kubeconfig: String,
    is_blocked: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn new(shop: &Shop) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let own = listener.local_addr().expect("an address");
        let mut address = None;
        let kubeconfig = shop.kubeconfig(|kubeconfig| {
            let server = &mut kubeconfig["clusters"][0]["cluster"]["server"];
            let url = server.as_str().and_then(|url| url.strip_prefix("https://"));
            address = url.and_then(|address| address.parse::<SocketAddr>().ok());
            *server = format!("https://{own}").into();
        });
        let server_address = address.expect("an address");
        let is_blocked = Arc::new(AtomicBool::new(false));
        let blocked = Arc::clone(&is_blocked);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("a connection");
                let server = TcpStream::connect(server_address).expect("the API server");
                pass(&client, &server, &blocked);
                pass(&server, &client, &blocked);
            }
        });
        Self { kubeconfig: kubeconfig.to_str().expect("UTF-8").to_owned(), is_blocked }
    }

    /// From now on nothing passes.
    pub(crate) fn block(&self) {
        self.is_blocked.store(true, Ordering::SeqCst);
    }
}

fn pass(from: &TcpStream, to: &TcpStream, is_blocked: &Arc<AtomicBool>) {
    let mut from = from.try_clone().expect("a connection");
    let mut to = to.try_clone().expect("a connection");
    let is_blocked = Arc::clone(is_blocked);
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            while is_blocked.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(50));
            }
            if to.write_all(buffer.get(..read).expect("what was read")).is_err() {
                break;
            }
        }
    });
}
