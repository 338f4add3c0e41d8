# Sourced by ./dev: draws pages of the shipped model and looks at them in a headless browser.

PLAYWRIGHT=1.56.1

# A Chromium on this machine: CHROMIUM, or what the PATH offers.
find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null; then
      command -v "$name"
      return
    fi
  done
  die "No Chromium found. Install it (Debian: apt-get install chromium) or set CHROMIUM to its path."
}

# Draws with the command-line program, in the current folder.
draw() {
  (CALLER=$PWD && cd "$ROOT" && launch microtome-cli dev.microtome.cli.Main "$@") >/dev/null
}

check_pages() {
  local chromium folder="$ROOT/target/pages"
  local hostile="<img src=x onerror=1><script>document.title='ran';alert(1)</script>\"'&amp;"
  chromium=$(find_chromium)
  command -v node >/dev/null || die "Node.js (node) is missing. Debian: apt-get install nodejs npm."
  mkdir -p "$folder" && cd "$folder"
  if ! grep -qs "\"version\": \"$PLAYWRIGHT\"" node_modules/playwright-core/package.json; then
    command -v npm >/dev/null || die "npm is missing. Debian: apt-get install npm."
    npm install --silent --no-audit --no-fund --no-save "playwright-core@$PLAYWRIGHT" ||
      die "playwright-core could not be installed."
  fi
  rm -f ./*.html ./*.svg
  draw lens "The Eiffel Tower is in the city of" --svg lens.svg
  draw lens "$hostile" --html lens-hostile.html --svg lens-hostile.svg
  draw attention "The Eiffel Tower is in the city of"
  draw attention "$hostile" --html attention-hostile.html
  draw patch --clean "The Eiffel Tower is in the city of" \
    --corrupt "The Colosseum is in the city of" --svg patch.svg
  draw patch --clean "$hostile Paris" --corrupt "$hostile Rome" --answer " Paris" --wrong " Rome" \
    --html patch-hostile.html --svg patch-hostile.svg
  echo "The Eiffel Tower is in the city of Paris" >sensitivity.txt
  draw sensitivity --data sensitivity.txt --budget 0.05 --group-size 32
  node "$ROOT/microtome-cli/src/test/pages/check.mjs" "$chromium" ./*.html ./*.svg
  check_status_page "$chromium"
}

# Looks at the status page of a server without models; the server ends with this function.
check_status_page() {
  local data address key server result=0
  data=$(mktemp -d)
  (CALLER=$PWD && cd "$ROOT" && launch microtome-bench dev.microtome.bench.soak.PageServer "$data") \
    >"$data/address" &
  server=$!
  for _ in $(seq 300); do
    [ -s "$data/address" ] && break
    kill -0 "$server" 2>/dev/null || die "The server for the status page did not start."
    sleep 0.2
  done
  read -r address key <"$data/address"
  node "$ROOT/microtome-server/src/test/pages/status.mjs" "$1" "$address" "$key" || result=1
  kill "$server"
  wait "$server" 2>/dev/null || true
  rm -rf "$data"
  return "$result"
}
