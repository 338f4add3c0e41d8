# Sourced by ./dev and ./microtome: finds a JDK 25, builds a module when its sources changed, starts
# its programs without Maven. Needs bash, a JDK 25 somewhere and Maven; nothing else.

# The folders of the Maven modules that programs stand on.
LIBRARY=microtome-library
SERVER=microtome-server

die() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Major version of the JDK at $1, or 0 when there is none (a JDK has javac; a bare runtime has not).
jdk_version() {
  local version=""
  if [ -n "$1" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ]; then
    if [ -r "$1/release" ]; then
      version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    else
      version=$("$1/bin/java" -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p')
    fi
  fi
  echo "${version:-0}"
}

# Homes where a JDK may be, the user's own choices first.
jdk_candidates() {
  local java
  echo "${JAVA_HOME:-}"
  if java=$(command -v java); then
    java=$(readlink -f "$java" 2>/dev/null || echo "$java")
    echo "${java%/bin/java}"
  fi
  printf '%s\n' /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*
  if [ -r "$HOME/.m2/toolchains.xml" ]; then
    sed -n 's:.*<jdkHome>\(.*\)</jdkHome>.*:\1:p' "$HOME/.m2/toolchains.xml"
  fi
}

# Sets JAVA_HOME to the first JDK that is 25 or newer.
use_jdk() {
  local home
  while IFS= read -r home; do
    if [ "$(jdk_version "$home")" -ge 25 ]; then
      export JAVA_HOME="$home"
      return
    fi
  done < <(jdk_candidates)
  die "No JDK 25 found. Looked at JAVA_HOME, java on the PATH, /usr/lib/jvm," \
    "/Library/Java/JavaVirtualMachines, ~/.sdkman, ~/.jdks and ~/.m2/toolchains.xml." \
    "Install one (Temurin 25, for example) and set JAVA_HOME to its folder."
}

maven() {
  command -v mvn >/dev/null || die "Maven (mvn) is not on the PATH. Install Maven 3.8 or newer."
  # Maven 3 on JDK 25 warns about its own libraries: nothing a user could act on.
  MAVEN_OPTS="${MAVEN_OPTS:-} --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow" \
    mvn -B -ntp -Dstyle.color=never "$@"
}

# Whether module $1 must be built: never built, or a source is newer than the last build.
is_stale() {
  local path="$1/target/launch/classpath"
  [ -s "$path" ] && [ -d "$1/target/classes" ] && [ -d "$LIBRARY/target/classes" ] || return 0
  [ -n "$(find pom.xml models "$LIBRARY/pom.xml" "$SERVER/pom.xml" "$1/pom.xml" \
    "$LIBRARY/src/main" "$SERVER/src/main" "$1/src/main" -newer "$path" -print -quit)" ]
}

# Compiles module $1 and the library under it, then notes its class path.
build() {
  local path="$1/target/launch/classpath"
  mkdir -p "$1/target/launch"
  if command -v flock >/dev/null; then # somebody else may be building the same thing
    exec 9>"$1/target/launch/lock"
    flock 9
    is_stale "$1" || return 0
  fi
  if [ -d "$1/target/classes" ]; then
    echo "Building $1: its sources changed ..." >&2
  else
    echo "Building $1 for the first time; downloads libtorch (110 MB) unless Maven has it ..." >&2
  fi
  rm -f "$path"
  touch "$path.new" # as old as the start: what is edited meanwhile is newer
  maven -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -pl "$1" -am compile \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.includeScope=runtime -Dmdep.outputFile=target/launch/classpath >&2 ||
    die "The build failed; the messages above say why."
  touch -r "$path.new" "$path"
  rm -f "$path.new"
  exec 9>&-
}

# Starts class $2 of module $1 with the remaining arguments, where the caller stands.
launch() {
  local module="$1" main="$2" path
  shift 2
  use_jdk
  if is_stale "$module"; then build "$module"; fi
  path="$ROOT/$module/target/classes:$(cat "$module/target/launch/classpath")"
  # Waiting threads of libtorch sleep instead of spinning: other programs run here, too.
  export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
  cd "$CALLER"
  # shellcheck disable=SC2086 # several options, split on purpose
  exec "$JAVA_HOME/bin/java" "@$ROOT/.mvn/run.flags" -Dmicrotome.home="$ROOT" \
    ${MICROTOME_JAVA_OPTS:-} -cp "$path" "$main" "$@"
}
