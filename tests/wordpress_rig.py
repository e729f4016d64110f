"""WordPress as Debian packages it, with a database server and a web server of its own, all below one folder.

with open_wordpress(folder) as blog:
    post = blog.publish("title", "<p>text</p>")
    blog.edit(post, content="<p>another text</p>")
    blog.url("?feed=rss2")
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from service_kit import answers, free_port, need, running, wait_for

PACKAGED = Path("/usr/share/wordpress")
AUTHOR = "editor_zhang_77"
LEFT_OUT = ("readme.html", "akismet")

WP_CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', '{url}');
define('WP_SITEURL', '{url}');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY',
          'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name) {{
    define($name, 'made up for a test: ' . $name);
}}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"""

# What a web server's rewrite rule does: a file that exists is served, everything else is WordPress.
ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && file_exists(__DIR__ . $path) && !is_dir(__DIR__ . $path)) { return false; }
$_SERVER['SCRIPT_NAME'] = '/index.php';
chdir(__DIR__);
require __DIR__ . '/index.php';
"""

# One order a run: {"do": "insert" | "update" | "permalinks" | "read", ...}; prints JSON.
ORDERS = """<?php
require __DIR__ . '/wp-load.php';
$order = json_decode(stream_get_contents(STDIN), true);
$do = $order['do'];
unset($order['do']);
if ($do === 'permalinks') {
    global $wp_rewrite;
    $wp_rewrite->set_permalink_structure($order['shape']);
    $wp_rewrite->flush_rules(false);
    $answer = 0;
} elseif ($do === 'read') {
    echo json_encode(['shape' => get_option('permalink_structure')]);
    exit;
} else {
    $given = wp_slash($order + ['post_status' => 'publish', 'post_author' => 1]);
    $answer = $do === 'insert' ? wp_insert_post($given, true) : wp_update_post(wp_slash($order), true);
}
if (is_wp_error($answer)) { fwrite(STDERR, $answer->get_error_message()); exit(1); }
echo json_encode(['id' => $answer, 'link' => $answer ? get_permalink($answer) : '']);
"""


@dataclass(frozen=True)
class Post:
    """A published post: its number and the address WordPress gives it."""

    id: int
    link: str


@dataclass(frozen=True)
class WordPress:
    """A running, installed blog."""

    root: Path
    port: int

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "") -> str:
        """An address of the blog."""
        return f"http://{self.netloc}/{path}"

    def publish(self, title: str, content: str, **fields: Any) -> Post:
        """Publish a post as the administrator does."""
        said = self.order(do="insert", post_title=title, post_content=content, **fields)
        return Post(said["id"], said["link"])

    def edit(self, post: Post, **fields: Any) -> None:
        """Change fields of a post: `title`, `content`."""
        self.order(do="update", ID=post.id, **{f"post_{name}": value for name, value in fields.items()})

    def use_permalinks(self, shape: str) -> None:
        """Give posts addresses of this shape; the empty one is `?p=123`."""
        self.order(do="permalinks", shape=shape)

    def order(self, **order: Any) -> dict[str, Any]:
        """Let a PHP script inside WordPress do something."""
        done = subprocess.run(
            ["php", str(self.root / "orders.php")], input=json.dumps(order).encode(), capture_output=True, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:] + done.stdout.decode()[-2000:]
        said: dict[str, Any] = json.loads(done.stdout)
        return said


@contextmanager
def open_wordpress(folder: Path) -> Iterator[WordPress]:
    """An installed WordPress for the length of a block."""
    why = "run a real WordPress"
    for wanted in ("php", "mariadbd", "mariadb-install-db", PACKAGED / "wp-load.php"):
        need(wanted, why)
    blog = WordPress(folder / "site", free_port())
    with _database(folder) as socket:
        _lay_out(blog, socket)
        command = [
            "php",
            "-d",
            "display_errors=0",
            "-S",
            blog.netloc,
            "-t",
            str(blog.root),
            str(blog.root / "router.php"),
        ]
        environ = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4"}
        with running(command, folder / "php.log", environ):
            wait_for("PHP listens", lambda: answers(blog.port))
            _install(blog)
            yield blog


@contextmanager
def _database(folder: Path) -> Iterator[Path]:
    """A MariaDB of its own that listens on a socket file only."""
    data, socket = folder / "db", folder / "db.sock"
    who = ["--user=root"] if os.geteuid() == 0 else []
    common = ["--no-defaults", f"--datadir={data}", *who]
    made = subprocess.run(
        ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db", "--force"],
        capture_output=True, timeout=120,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout.decode()[-2000:] + made.stderr.decode()[-2000:]
    command = [
        need("mariadbd", "run a real WordPress"), *common, f"--socket={socket}", "--skip-networking",
        f"--pid-file={folder / 'db.pid'}", "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0",
        "--skip-log-bin", "--performance-schema=OFF",
    ]  # fmt: skip
    with running(command, folder / "db.log"):
        wait_for("MariaDB answers", lambda: _query(socket, "CREATE DATABASE IF NOT EXISTS wordpress"))
        yield socket


def _query(socket: Path, statement: str) -> bool:
    command = ["mariadb", "--no-defaults", f"--socket={socket}", "-uroot", "-e", statement]
    with suppress(subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    return False


def _lay_out(blog: WordPress, socket: Path) -> None:
    """A copy of the packaged files with our configuration (the package's own one looks into /etc)."""
    shutil.copytree(PACKAGED, blog.root, ignore=shutil.ignore_patterns(*LEFT_OUT, "wp-config.php", ".htaccess"))
    (blog.root / "wp-config.php").write_text(WP_CONFIG.format(socket=socket, url=blog.url().rstrip("/")))
    (blog.root / "router.php").write_text(ROUTER)
    (blog.root / "orders.php").write_text(ORDERS)


def _install(blog: WordPress) -> None:
    form = {
        "weblog_title": "澜川晚报", "user_name": AUTHOR, "admin_password": "made-up-Passw0rd!", "admin_password2":
        "made-up-Passw0rd!", "pw_weak": "1", "admin_email": "desk@example.org", "blog_public": "1", "language": "",
    }  # fmt: skip
    answer = httpx.post(blog.url("wp-admin/install.php?step=2"), data=form, timeout=120)
    assert answer.status_code == 200, answer.text[-2000:]
    assert "wp-login.php" in answer.text, answer.text[-2000:]
