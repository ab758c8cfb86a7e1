//! A way to the API server that can be blocked: connections stay open, and nothing passes any more.
//!
//! Knows nothing of Molave, nor of TLS: it passes bytes.

use crate::plane::Plane;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A proxy in front of the API server. Its threads end with the test binary.
pub(crate) struct Proxy {
    /// A kubeconfig that leads through it.
    pub(crate) kubeconfig: String,
    is_blocked: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn new(plane: &Plane) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let own = listener.local_addr().expect("an address");
        let text = std::fs::read_to_string(plane.kubeconfig()).expect("a kubeconfig");
        let mut kubeconfig: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
        let server = &mut kubeconfig["clusters"][0]["cluster"]["server"];
        let address = server.as_str().and_then(|url| url.strip_prefix("https://")).expect("a URL");
        let server_address: SocketAddr = address.parse().expect("an address");
        *server = format!("https://{own}").into();
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
        Self { kubeconfig: kubeconfig.to_string(), is_blocked }
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
