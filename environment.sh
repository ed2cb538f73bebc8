# Make .venv hold what a requirements file asks for, in the versions of requirements.lock; do nothing
# when it already does.
#     sh environment.sh PYTHON REQUIREMENTS
set -eu
python=$1 requirements=$2
wanted=$(cat requirements*.txt studies/requirements.txt requirements.lock)
installed=.venv/$requirements.installed
unset PYTHONHOME PYTHONPATH PYTHONOPTIMIZE

working() { .venv/bin/python -c '' 2> /dev/null; }
if working && [ -f "$installed" ] && [ "$wanted" = "$(cat "$installed")" ]; then
    exit 0
fi
fail() { echo "error: $1" >&2; exit 1; }
"${python:-false}" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null ||
    fail "TensorFlow needs Python 3.11, 3.12 or 3.13: install one, or name it with make PYTHON=/path/to/python"
"$python" -c 'import ensurepip, venv' 2> /dev/null ||
    fail "$python can't make virtual environments: install its venv package (Debian: python3-venv)"
for module in bz2 ctypes lzma ssl zlib; do
    "$python" -c "import $module" 2> /dev/null || fail "$python was built without $module: install its library \
(Debian: libbz2-dev libffi-dev liblzma-dev libssl-dev zlib1g-dev) and build it again, or use another Python"
done

# Of pip's settings only those that say where packages are found, and how they come
for setting in $(env | sed -n 's/^\(PIP_[A-Z_]*\)=.*/\1/p'); do
    case $setting in
        *_URL | *_INDEX | *_LINKS | *_HOST | *_CERT | *_PROXY | *_DIR | *_FILE | *_TIMEOUT | *_RETRIES | *_PROVIDER) ;;
        *) unset "$setting" ;;
    esac
done

echo "setting up .venv for $requirements (minutes the first time, a second later on)"
working || "$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --use-pep517 --no-user \
    --constraint requirements.lock --requirement "$requirements" || fail "pip can't install $requirements: see its message above"
printf '%s\n' "$wanted" > "$installed"
