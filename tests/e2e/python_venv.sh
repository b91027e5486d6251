# shellcheck shell=bash
# Sourced. python_venv FOLDER PACKAGE==VERSION...: a virtual environment with these, kept in FOLDER while they stay the same.
# Ends the script with 77 where Python cannot make one.
python_venv() {
  local venv=$1
  shift
  if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "SKIPPED: python3 with venv is needed; ./dev setup installs it"
    exit 77
  fi
  [ "$(cat "$venv/packages" 2>/dev/null)" = "$*" ] && return
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
  echo "$*" >"$venv/packages"
}
