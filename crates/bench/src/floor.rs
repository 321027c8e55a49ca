//! The limit of uploads: the least that anybody has to do before saying that the bytes are safe.
//!
//! One connection at a time, one request after another: receive, SHA-256, write, fdatasync, answer. It speaks just enough
//! HTTP for the same client to push to it as to a registry.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;

use atoll_oci::{Algorithm, Hasher};

use crate::error::Error;

/// Bytes received at a time.
const PIECE_BYTES: usize = 256 << 10;

/// Listens on the loopback address until the process ends.
pub(crate) fn run(port: u16, folder: &Path) -> Result<(), Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(Error::io("listening"))?;
    for (number, stream) in listener.incoming().enumerate() {
        let stream = stream.map_err(Error::io("accepting a connection"))?;
        serve(stream, &folder.join(number.to_string())).map_err(Error::io("serving a connection"))?;
    }
    Ok(())
}

/// Answers every request of one connection; the bodies of its PUTs replace one another in `path`.
pub(crate) fn serve(stream: TcpStream, path: &Path) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(PIECE_BYTES, stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let answer = if head.starts_with("PUT ") {
            let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
            let digest = receive(&mut stream, length_of(&head), &file)?;
            format!("HTTP/1.1 201 Created\r\nDocker-Content-Digest: {digest}\r\nContent-Length: 0\r\n\r\n")
        } else {
            "HTTP/1.1 202 Accepted\r\nLocation: /upload\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        stream.get_mut().write_all(answer.as_bytes())?;
    }
}

fn receive(stream: &mut BufReader<TcpStream>, length_bytes: u64, mut file: &File) -> io::Result<String> {
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let mut body = stream.take(length_bytes);
    loop {
        let piece = body.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        hasher.update(piece);
        file.write_all(piece)?;
        let taken = piece.len();
        body.consume(taken);
    }
    file.sync_data()?;
    Ok(hasher.finish().to_string())
}

fn length_of(head: &str) -> u64 {
    let values = head.lines().filter_map(|line| line.split_once(": "));
    let length = values.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
