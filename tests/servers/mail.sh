#!/bin/bash
# Mail through real servers on this machine: Postfix with STARTTLS, Dovecot (LMTP, Sieve "duplicate"), aiosmtpd, SpamAssassin.
#
# Run by hand from the root of the repository: bash tests/servers/mail.sh [KABAR]. Postfix wants root; what is not installed
# is skipped with a word. Everything lives in a temporary directory and on loopback ports, and ends with the script.
#   apt-get install postfix dovecot-lmtpd dovecot-sieve spamassassin python3-aiosmtpd
set -euo pipefail

kabar=$(realpath "${1:-target/debug/kabar}")
repository=$(pwd)
certificates=$repository/src/mail/testdata
home=$(mktemp -d)
chmod 755 "$home"
smtp=2525 lmtp=2424 aio=2526

finish() {
    if [ -d "$home/postfix" ]; then postfix -c "$home/postfix" stop 2>/dev/null || true; fi
    if [ -d "$home/dovecot" ]; then doveadm -c "$home/dovecot/dovecot.conf" stop 2>/dev/null || true; fi
    rm -rf "$home"
}
trap finish EXIT

has() { command -v "$1" >/dev/null || { echo "skipped: $1 is not installed"; return 1; }; }

# Waits until something listens on the port.
listening() { timeout 20 bash -c "until (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null; do :; done"; }

start_dovecot() {
    mkdir -p "$home/dovecot/run" "$home/mailboxes"
    chown dovecot: "$home/mailboxes"
    cat >"$home/dovecot/dovecot.conf" <<CONF
base_dir = $home/dovecot/run
state_dir = $home/dovecot/run
log_path = $home/dovecot/log
protocols = lmtp
ssl = no
mail_location = maildir:$home/mailboxes/%n
mail_home = $home/mailboxes/%n
mail_uid = dovecot
mail_gid = dovecot
first_valid_uid = 1
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=dovecot gid=dovecot home=$home/mailboxes/%n allow_all_users=yes
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
protocol lmtp {
  mail_plugins = sieve
  postmaster_address = postmaster@example.org
}
plugin {
  sieve_before = $home/dovecot/once.sieve
}
CONF
    printf 'require ["duplicate"];\nif duplicate { discard; }\n' >"$home/dovecot/once.sieve"
    sievec "$home/dovecot/once.sieve"
    dovecot -c "$home/dovecot/dovecot.conf"
    listening $lmtp
}

start_postfix() {
    mkdir -p "$home/postfix" "$home/queue" "$home/data"
    chown postfix "$home/data"
    cp -r /etc/postfix/postfix-files /etc/postfix/dynamicmaps.cf "$home/postfix/"
    cat >"$home/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $home/queue
data_directory = $home/data
maillog_file = $home/postfix.log
maillog_file_prefixes = $home
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.kabar.test
mydestination =
virtual_mailbox_domains = example.org
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
smtpd_recipient_restrictions = check_recipient_access inline:{{later@example.org=450 4.2.0 later},{nobody@example.org=550 5.1.1 no such user}}, permit_mynetworks, reject
smtpd_tls_cert_file = $certificates/good.pem
smtpd_tls_key_file = $certificates/server.key
smtpd_tls_security_level = may
alias_maps =
CONF
    cat >"$home/postfix/master.cf" <<CONF
127.0.0.1:$smtp inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
CONF
    postfix -c "$home/postfix" start 2>/dev/null
    listening $smtp
}

start_aiosmtpd() {
    mkdir -p "$home/aiosmtpd"
    python3 -m aiosmtpd -n -c aiosmtpd.handlers.Mailbox -l 127.0.0.1:$aio "$home/aiosmtpd/box" &
    listening $aio
}

# A configuration for the mail server $2 in the directory $1, with three stories that wait for four recipients.
prepare() {
    mkdir -p "$1"
    cat >"$1/kabar.toml" <<CONF
state = "state"
timezone = "Europe/Berlin"
feeds = ["file:feed.xml"]
watches = [{ name = "Путин", query = "Putin OR Путин" }, { query = "kapal", to = ["ana"] }]
recipients = [
    { name = "ana", mail = "Ana Müller <ana@example.org>", language = "id" },
    { name = "ben", mail = "ben@example.org" },
    { name = "late", mail = "later@example.org" },
    { name = "gone", mail = "nobody@example.org" },
]
[mail]
from = "kabar <kabar@example.org>"
smtp = $2
CONF
    echo '<rss version="2.0"><channel><title>Kabar Pagi</title></channel></rss>' >"$1/feed.xml"
    (cd "$1" && "$kabar" once --all >/dev/null)
    cat >"$1/feed.xml" <<'FEED'
<rss version="2.0"><channel><title>Kabar Pagi</title>
<item><title>Putin menelepon &lt;b&gt;Trump&lt;/b&gt; &amp; lainnya</title><link>https://pagi.example/berita/putin-menelepon</link><description>Путин и Трамп говорили час.</description></item>
<item><title>Путин сказал, что всё хорошо: очень длинный заголовок, который не помещается в одну строку темы письма</title><link>https://pagi.example/novosti/putin-skazal</link><description>Текст о Путине.</description></item>
<item><title>Kapal Putin tenggelam</title><link>https://pagi.example/berita/kapal-tenggelam</link><description>Sebuah kapal.
.
A dot alone on a line.</description></item>
</channel></rss>
FEED
}

# Every mail named parses without a defect, every header of ours stands once, and there are $1 mails.
check_mails() {
    python3 - "$@" <<'PYTHON'
import collections, email, email.policy, sys
expected, files = int(sys.argv[1]), sys.argv[2:]
for name in files:
    with open(name, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    defects = [d for part in message.walk() for d in part.defects]
    defects += [d for value in message.values() for d in value.defects]
    counts = collections.Counter(key.lower() for key in message.keys())
    twice = [key for key, count in counts.items() if count > 1 and key != "received"]
    parts = [part.get_content_type() for part in message.walk()]
    assert not defects and not twice, (name, defects, twice)
    assert parts == ["multipart/alternative", "text/plain", "text/html"], parts
    assert message["Message-ID"] and message["List-Id"] and message["List-Unsubscribe"], name
    print("  ok", message["Subject"], "|", message["List-Id"])
assert len(files) == expected, (len(files), expected)
PYTHON
}

echo "Postfix with STARTTLS, Dovecot with Sieve"
if [ "$(id -u)" != 0 ]; then
    echo "skipped: Postfix starts as root only"
elif has postfix && has dovecot && has sievec; then
    start_dovecot
    start_postfix
    prepare "$home/one" "{ host = \"localhost\", port = $smtp, tls = \"starttls\", ca_file = \"$certificates/ca.pem\" }"
    cd "$home/one"
    "$kabar" check --online >checked || { cat checked "$home"/postfix.log; exit 1; }
    grep "TLS by STARTTLS" checked
    "$kabar" once --all --digest-now >/dev/null
    "$kabar" outbox list --json | grep -q '"state":"failed".*no such user'
    "$kabar" outbox list --json | grep -q '"state":"waiting".*4.2.0'
    "$kabar" test-mail ana | grep "was taken"
    cd "$repository"
    timeout 20 bash -c "until [ \$(find $home/mailboxes -path '*/new/*' | wc -l) -ge 3 ]; do :; done"
    mapfile -t mails < <(find "$home/mailboxes" -path '*/new/*')
    check_mails 3 "${mails[@]}"
    echo "The same mail twice is one in the mailbox"
    python3 - "$(find "$home/mailboxes/ben" -path '*/new/*')" $smtp <<'PYTHON'
import smtplib, sys
with open(sys.argv[1], "rb") as file:
    message = file.read()
server = smtplib.SMTP("127.0.0.1", int(sys.argv[2]))
server.sendmail("kabar@example.org", ["ben@example.org"], message[message.index(b"From: "):])
server.quit()
PYTHON
    timeout 20 bash -c "until grep -q discard $home/dovecot/log; do :; done"
    [ "$(find "$home/mailboxes/ben" -path '*/new/*' | wc -l)" = 1 ]
    if has spamassassin; then
        echo "SpamAssassin without the network: at most 0.0, without what it gives for a trusted relay"
        for mail in "${mails[@]}"; do
            score=$(spamassassin -L -t <"$mail" 2>/dev/null | grep -oE 'score=-?[0-9.]+' | head -1 | cut -d= -f2)
            echo "  $score + 1.0 (ALL_TRUSTED)"
            python3 -c "import sys; sys.exit(float('$score') + 1.0 > 0.0)"
        done
    fi
fi

echo "aiosmtpd"
if python3 -c 'import aiosmtpd' 2>/dev/null; then
    start_aiosmtpd
    server=$!
    prepare "$home/two" "{ host = \"127.0.0.1\", port = $aio, tls = \"none\" }"
    (cd "$home/two" && "$kabar" once --all --digest-now >/dev/null)
    mapfile -t mails < <(find "$home/aiosmtpd/box/new" -type f)
    kill $server
    check_mails 4 "${mails[@]}"
else
    echo "skipped: aiosmtpd is not installed"
fi
echo "All is well"
