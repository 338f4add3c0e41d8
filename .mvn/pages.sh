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
}
