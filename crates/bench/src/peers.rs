//! The contestants: how each is configured and started. None of them writes a line for each request.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::error::Error;
use crate::machine;
use crate::process::{Server, Start, free_port};
use crate::stage::{self, Stage};

/// Uploads of one client that the product is told to allow: all clients here have one address.
const UPLOADS_PER_CLIENT: usize = 2_000;
const REGISTRY: &str = "docker-registry";
/// The smallest search.
const FIRST_SEARCH: &str = "/v2/_zot/ext/search?query=%7BRepoListWithNewestImage(requestedPage:%7Blimit:1%7D)%7BPage%7BTotalCount%7D%7D%7D";

/// The programs that are needed beside the product; the error names all that are missing.
pub(crate) fn check() -> Result<(), Error> {
    let needed = [nginx_program(), REGISTRY, "wrk"];
    let missing: Vec<&str> = needed.into_iter().filter(|program| !is_there(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Missing { program: missing.join("`, `"), remedy: "`make tools` brings it" })
}

/// What nginx and docker-registry say that they are.
pub(crate) fn versions() -> [String; 2] {
    [
        machine::version_of(Path::new(nginx_program()), "-v"),
        machine::version_of(Path::new(REGISTRY), "--version"),
    ]
}

/// The product, durable as it is unless told otherwise, with its data below `folder`.
pub(crate) fn atoll(stage: &Stage, folder: &Path) -> Result<Server, Error> {
    started(stage, folder, &json!({}))
}

/// The key that places repositories in a cluster of this program.
pub(crate) const CLUSTER_KEY: [u8; 16] = *b"a key for a race";

/// Members on loopback, each with its own folder, with their search on.
pub(crate) fn cluster(stage: &Stage, folder: &Path, members: usize) -> Result<Vec<Server>, Error> {
    let ports = (0..members).map(|_| Ok((free_port()?, free_port()?))).collect::<Result<Vec<_>, Error>>()?;
    let named = |port: u16| format!("127.0.0.1:{port}");
    let addresses: Vec<String> = ports.iter().map(|(public, _)| named(*public)).collect();
    let details: Vec<Value> =
        ports.iter().map(|(public, link)| json!({"address": named(*public), "link": named(*link)})).collect();
    let start = |(port, link): (u16, u16)| {
        let place = folder.join(port.to_string());
        std::fs::create_dir_all(&place).map_err(Error::io("making the folder of a member"))?;
        let config = place.join("config.json");
        let settings = json!({
            "storage": {"rootDirectory": place.join("data")},
            "http": {"address": "127.0.0.1", "port": port.to_string()},
            "log": {"level": "error"},
            "extensions": {"search": {"enable": true}},
            "cluster": {"members": addresses, "hashKey": String::from_utf8_lossy(&CLUSTER_KEY)},
            "atoll": {
                "uploads": {"maxPerClient": UPLOADS_PER_CLIENT},
                "cluster": {"members": details, "link": {"listen": named(link)}},
            },
        });
        stage::write(&config, settings.to_string())?;
        let mut command = Command::new(&stage.atoll);
        command.arg("serve").arg(&config).current_dir(&place);
        // A member is ready once it serves its shards, and for that it has to hear all others.
        Server::start(Start { name: "member", command, port, ready: None, folder: &place })
    };
    let servers = ports.into_iter().map(start).collect::<Result<Vec<_>, _>>()?;
    servers.iter().try_for_each(|server| server.answers("/readyz"))?;
    Ok(servers)
}

/// The product with its search on; it is ready when a search is answered.
pub(crate) fn searching(stage: &Stage, folder: &Path) -> Result<Server, Error> {
    started(stage, folder, &json!({"search": {"enable": true}}))
}

fn started(stage: &Stage, folder: &Path, extensions: &Value) -> Result<Server, Error> {
    let port = free_port()?;
    let config = folder.join("config.json");
    let settings = json!({
        "storage": {"rootDirectory": folder.join("data")},
        "http": {"address": "127.0.0.1", "port": port.to_string()},
        "log": {"level": "error"},
        "extensions": extensions,
        "atoll": {"uploads": {"maxPerClient": UPLOADS_PER_CLIENT}},
    });
    stage::write(&config, settings.to_string())?;
    let mut command = Command::new(&stage.atoll);
    command.arg("serve").arg(&config).current_dir(folder);
    let ready = if extensions.get("search").is_some() { FIRST_SEARCH } else { "/readyz" };
    Server::start(Start { name: "atoll", command, port, ready: Some(ready), folder })
}

/// Debian's docker-registry on a folder, with the cache that its own configuration has.
pub(crate) fn docker_registry(folder: &Path) -> Result<Server, Error> {
    let port = free_port()?;
    let config = folder.join("config.yml");
    let text = format!(
        "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  cache:\n    blobdescriptor: inmemory\n  \
         filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n",
        folder.join("data").display()
    );
    stage::write(&config, text)?;
    let mut command = Command::new(REGISTRY);
    command.arg("serve").arg(&config).env("OTEL_TRACES_EXPORTER", "none").current_dir(folder);
    Server::start(Start { name: "docker-registry", command, port, ready: Some("/v2/"), folder })
}

/// nginx over the files in `folder`, sent by sendfile, with one worker for each of two processors.
pub(crate) fn nginx(folder: &Path) -> Result<Server, Error> {
    let port = free_port()?;
    let config = folder.join("nginx.conf");
    let here = folder.display();
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    let text = format!(
        "{user}daemon off;\nworker_processes 2;\npid {here}/nginx.pid;\nerror_log stderr error;\nevents {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  tcp_nodelay on;\n  keepalive_requests 100000000;\n  \
         client_body_temp_path {here}/t1;\n  proxy_temp_path {here}/t2;\n  fastcgi_temp_path {here}/t3;\n  \
         uwsgi_temp_path {here}/t4;\n  scgi_temp_path {here}/t5;\n  \
         server {{ listen 127.0.0.1:{port}; root {here}; default_type application/octet-stream; }}\n}}\n"
    );
    stage::write(&config, text)?;
    let mut command = Command::new(nginx_program());
    command.arg("-p").arg(folder).arg("-e").arg("stderr").arg("-c").arg(&config);
    Server::start(Start { name: "nginx", command, port, ready: None, folder })
}

/// The limit of uploads.
pub(crate) fn floor(folder: &Path) -> Result<Server, Error> {
    let port = free_port()?;
    let mut command = this_program()?;
    command.args(["floor", "--port", &port.to_string(), "--folder"]).arg(folder);
    // It serves one connection after another: the look at the open port is over before the measurement begins.
    Server::start(Start { name: "floor", command, port, ready: None, folder })
}

/// The limit of answers.
pub(crate) fn constant(folder: &Path, bytes: usize) -> Result<Server, Error> {
    let port = free_port()?;
    let mut command = this_program()?;
    command.args(["constant", "--port", &port.to_string(), "--bytes", &bytes.to_string()]);
    Server::start(Start { name: "constant", command, port, ready: Some("/"), folder })
}

/// The limit of searches: the product's own search API over questions whose answers are made already.
pub(crate) fn prebuilt(folder: &Path) -> Result<Server, Error> {
    let port = free_port()?;
    let mut command = this_program()?;
    command.args(["prebuilt", "--port", &port.to_string()]);
    Server::start(Start { name: "prebuilt", command, port, ready: Some(FIRST_SEARCH), folder })
}

fn this_program() -> Result<Command, Error> {
    std::env::current_exe().map(Command::new).map_err(Error::io("finding this program"))
}

/// Debian puts nginx where only root's path leads.
fn nginx_program() -> &'static str {
    if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" }
}

fn is_there(program: &str) -> bool {
    let looked = Command::new(program)
        .arg("-v")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    looked.is_ok()
}
