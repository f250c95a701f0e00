#!/usr/bin/env bash
# nginx -t accepts every generated configuration, of the proxy and of frontends, without a warning; and gixy, which
# knows what is legal and yet wrong, finds nothing.
. "$(dirname "$0")/../lib.sh"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -days 2 -subj /CN=test 2>/dev/null
touch "$tmp/users"
count=0
while read -r file; do
  count=$((count + 1))
  name=${file#"$GOLDEN"/}
  # Files of the machine are stood in for, and services have an address: the rest is what was generated.
  sed -E "s#(ssl_certificate|ssl_client_certificate) [^;]+;#\1 $tmp/cert.pem;#; s#ssl_certificate_key [^;]+;#ssl_certificate_key $tmp/key.pem;#
          s#auth_basic_user_file [^;]+;#auth_basic_user_file $tmp/users;#; s#\\$\{[A-Z_]+\}#example.com#g
          s#^( *)server ([a-z-]+):([0-9]+);#\1server 127.0.0.1:\3;#" "$file" >"$tmp/site.conf"
  printf 'pid %s/pid; error_log stderr;\nevents {}\nhttp {\n    include /etc/nginx/mime.types;\n    access_log off;\n    include %s/site.conf;\n}\n' "$tmp" "$tmp" >"$tmp/nginx.conf"
  # nginx 1.22 knows no `http2 on`, which is written for newer ones.
  sed -i 's/^ *http2 on;$//' "$tmp/site.conf"
  said=$(unshare -n nginx -t -c "$tmp/nginx.conf" 2>&1 | grep -v -e 'syntax is ok' -e 'test is successful' || true)
  expect "$name: nginx -t" "" "$said"
  found=$(gixy "$tmp/nginx.conf" 2>&1 | grep -E '^>>|Severity|Error' || true)
  expect "$name: gixy" "" "$found"
done < <(grep -rlE '^(server|map|limit_req_zone) ' --include='*.conf' "$GOLDEN")
# The scanner can find something.
printf 'pid %s/pid;\nevents {}\nhttp { server { listen 80; location /a { alias /var/a/; } } }\n' "$tmp" >"$tmp/bad.conf"
found=$(gixy "$tmp/bad.conf" 2>&1 || true)
if grep -q alias_traversal <<<"$found"; then ok "gixy names what is wrong"; else bad "gixy finds nothing where there is something"; fi
[ $count -ge 4 ] || bad "only $count configurations"
finish
