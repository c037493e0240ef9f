#!/usr/bin/env bash
# Measures release builds of the services on a platform of their own and prints one table: `make bench`.
#
# SCENARIOS  which of: profile login decisions fan1k rooms5k max idle upload stream (all); search, which makes its videos first; transcode, beside ffmpeg by hand
# SEARCH_VIDEOS  how many of them (1000000)
# FILM_SECONDS  how long the film of transcode is (60)
# PASSES     how often each, interleaved; the table has medians (1)
# SECONDS_PER_SCENARIO  measured time of each (10)
# PEER_RIG   folder of a rig with peers: its `bench SCENARIO TARGET` then drives ours and theirs alike, in the same passes
# PEERS      the rig's targets to run (those the targets of docs/performance.md name)
set -euo pipefail
export CONFIG=release HIROBA_PORT_OFFSET=${HIROBA_PORT_OFFSET:-3000}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export HIROBA_STATE_DIR=${HIROBA_STATE_DIR:-$here/../.local/bench}
# shellcheck source=scripts/service.sh
source "$here/service.sh"

read -ra scenarios <<<"${SCENARIOS:-profile login decisions fan1k rooms5k max idle upload stream}"
read -ra peers <<<"${PEERS:-go-user go-chat nchan-redis uws go-video nginx-files}"
passes=${PASSES:-1}
duration=${SECONDS_PER_SCENARIO:-10}
work=$state/bench
results=$work/results.jsonl
users=100000 tokens=20000
password='correct horse'
generator=$scratch/release/LoadGenerator

# A quarter of the memory, as servers of databases are set: what PostgreSQL's default of 128 MB measures is how it reads its own files.
POSTGRES_SHARED_BUFFERS=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) / 4))kB
export POSTGRES_SHARED_BUFFERS

# Wide limits and names of the benchmark's own: what is measured is work, not refusals.
export TOKEN_ISSUER=bench TOKEN_AUDIENCE=bench LOG_LEVEL=warning REQUIRE_VERIFIED_EMAIL=false SIGN_UPS_PER_MINUTE=1000000 \
    SIGN_INS_PER_MINUTE=1000000 REFRESHES_PER_MINUTE=1000000 DECISIONS_PER_MINUTE=10000000 SIGN_IN_FAILURES_PER_ACCOUNT=1000000 FRAMES_PER_SECOND=1000000 FRAME_BURST=1000000 \
    ROOMS_PER_MINUTE=1000000 MEMBERSHIPS_PER_MINUTE=1000000 MESSAGES_PER_MINUTE=10000000 SOCKETS_PER_MINUTE=1000000 NETWORK_SOCKETS_PER_MINUTE=10000000 \
    CHAT_QUOTAS="free rooms=1000000 sockets=1000000" \
    UPLOADS_PER_MINUTE=1000000 VIDEO_QUOTAS="free uploads=100000 videos=1000000 bytes=1024TiB"

# sql DATABASE: SQL on standard input, as the superuser; arguments go to psql.
sql() {
    local database=$1
    shift
    PGPASSWORD=$(secret postgres) "$(postgres_program psql)" --no-psqlrc --quiet --tuples-only --no-align \
        -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(port_of postgres)" -U postgres -d "$database" "$@"
}

# The services that the scenarios need; with a rig, which is told of all, all.
services=(user)
needs() { [[ " ${services[*]} " == *" $1 "* ]] || services+=("$1"); }
for scenario in "${scenarios[@]}"; do
    case $scenario in
        fan1k | rooms5k | max | idle) needs chat ;;
        upload | stream | search | transcode) needs video ;;
    esac
done
[ -z "${PEER_RIG:-}" ] || services=(user video chat)

build() {
    local service
    for service in "${services[@]}"; do "$here/build.sh" "$service"; done
    say "building the load generator"
    "$here/swift.sh" build bench --product LoadGenerator
}

# The tokens and the key they are signed with; repeatable.
seed_tokens() {
    mkdir -p "$work"
    KEY_ENCRYPTION_KEY=$(secret key-encryption-key) "$generator" tokens --count "$tokens" --tokens "$work/tokens" \
        --key-sql "$work/key.sql"
    sql user_service <"$work/key.sql"
}

# Every scenario's rooms and members; repeatable.
seed_rooms() {
    say "seeding 1,000 rooms and their members"
    sql chat_service <<'SQL'
CREATE TEMPORARY TABLE membership AS
SELECT DISTINCT ('00000000-0000-4000-9000-' || lpad(to_hex(i % rooms), 12, '0'))::uuid AS room_id,
    ('00000000-0000-4000-8000-' || lpad(to_hex(i + 1), 12, '0'))::uuid AS user_id
FROM (VALUES (1, 1000), (100, 1000), (500, 5000), (1000, 10000)) AS shape (rooms, members),
    generate_series(0, members - 1) AS i;
INSERT INTO rooms (id, name, kind, owner_id, member_count, created_at)
SELECT room_id, 'bench', 'public', min(user_id::text)::uuid, count(*), now() FROM membership GROUP BY room_id
ON CONFLICT DO NOTHING;
INSERT INTO members (room_id, user_id, role, joined_at)
SELECT room_id, user_id, 'member', now() FROM membership ON CONFLICT DO NOTHING;
VACUUM ANALYZE rooms, members, messages;
SQL
    for ((i = 0; i < 1000; i++)); do printf '00000000-0000-4000-9000-%012x\n' "$i"; done >"$work/rooms"
}

# The users all have the password of one who signed up; needs user-service running.
seed_users() {
    say "seeding $users users"
    local first="first-$RANDOM$RANDOM@example.test"
    curl -fsS -o /dev/null "http://127.0.0.1:$(port_of user)/v1/users" -H 'Content-Type: application/json' \
        -d "{\"email\":\"$first\",\"password\":\"$password\",\"display_name\":\"First\"}" ||
        die "sign-up failed; see $log_dir/user.log"
    sql user_service -v first="$first" -v users="$users" <<'SQL'
INSERT INTO users (id, email, display_name, password_hash, roles, is_email_verified, version, created_at, updated_at)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'user' || n || '@example.test', 'User ' || n,
    password_hash, roles, true, 1, now(), now()
FROM users, generate_series(1, :users) AS n WHERE email = :'first'
ON CONFLICT (id) DO UPDATE SET password_hash = excluded.password_hash;
VACUUM ANALYZE users;
SQL
}

# Videos of 20,000 owners, titled of words of which few are frequent and most are rare, Japanese and English; and 2,000 searches of
# one or two of these words, as often as they occur, some of parts of one. video-service makes the terms, as of all rows that have none.
seed_videos() {
    local count=${SEARCH_VIDEOS:-1000000} left=t
    say "making $count videos"
    sql video_service -v count="$count" <<'SQL'
CREATE TABLE IF NOT EXISTS bench_words AS
WITH kanji AS (SELECT regexp_split_to_array('夏祭花火大会東京都京阪神山川海空星月風雨雪春秋冬朝昼夜食料理旅行音楽歌舞踊写真映画電車駅町村道橋城寺社家族友人犬猫鳥魚森林田畑野球水泳走登釣船港島温泉酒茶米麦魂心夢光影色赤青白黒金銀', '') AS k),
    roots AS (SELECT ARRAY['sum','win','fes','tra','ki','mo','lan','ver','ter','ing','ra','do','shi','ne','po','ku','ton','ber','al','ost','ur','em','ish','or'] AS r)
SELECT n, CASE WHEN n % 2 = 0
    THEN k[1 + n * 7 % cardinality(k)] || k[1 + n * 13 / 3 % cardinality(k)] || CASE WHEN n % 6 = 0 THEN k[1 + n % 31] ELSE '' END
    ELSE r[1 + n % 24] || r[1 + n / 24 % 24] || r[1 + n / 576 % 24] END AS word
FROM generate_series(0, 19999) AS n, kanji, roots;
CREATE UNIQUE INDEX IF NOT EXISTS bench_words_n ON bench_words (n);
CREATE OR REPLACE FUNCTION bench_word(chance double precision) RETURNS text LANGUAGE sql STABLE AS
    'SELECT word FROM bench_words WHERE n = floor(power(chance, 4) * 20000)::integer';
SET synchronous_commit = off;
SET session_replication_role = replica; -- how much each owner has is nothing to this
INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size, search_text, created_at, updated_at)
SELECT gen_random_uuid(), ('00000000-0000-4000-9100-' || lpad(to_hex(n % 20000), 12, '0'))::uuid, title,
    description, '{}', 'public', 'ready', 'video/mp4', 1, lower(title || E'\n' || description), now() - n * interval '7 seconds', now()
FROM generate_series((SELECT count(*) FROM videos), :count - 1) AS n,
    LATERAL (SELECT concat_ws(' ', bench_word(random() + 0 * n), bench_word(random() + 0 * n), bench_word(random() + 0 * n)) AS title,
        concat_ws(' ', bench_word(random() + 0 * n), bench_word(random() + 0 * n), bench_word(random() + 0 * n), bench_word(random() + 0 * n),
            bench_word(random() + 0 * n), bench_word(random() + 0 * n)) AS description) AS said;
SQL
    sql video_service <<'SQL' | python3 -c 'import sys, urllib.parse; [print("/v1/videos?q=" + urllib.parse.quote(line.strip())) for line in sys.stdin]' >"$work/searches"
SELECT CASE n % 4 WHEN 0 THEN bench_word(a) WHEN 1 THEN bench_word(a) || ' ' || bench_word(b) WHEN 2 THEN bench_word(b)
    ELSE left(bench_word(a), 2) END
FROM generate_series(1, 2000) AS n, LATERAL (SELECT random() + 0 * n AS a, random() + 0 * n AS b) AS chance;
SQL
    say "waiting until video-service has made their terms"
    until [ "$left" = f ]; do
        left=$(sql video_service <<<'SELECT EXISTS (SELECT FROM videos WHERE search_form IS NULL)')
        sleep 2
    done
    sql video_service <<<'VACUUM ANALYZE videos'
    # A new start counts their terms, which is done every few minutes otherwise.
    stop_part video && start_part video
}

start() {
    local part service
    "$here/make-secrets.sh"
    start_part postgres
    start_part redis
    for service in "${services[@]}"; do migrate_service "$service"; done
    seed_tokens
    [[ " ${services[*]} " != *" chat "* ]] || seed_rooms
    for service in "${services[@]}"; do
        for part in $(parts_of "$service"); do
            # Who makes renditions of what the others upload would be measured with them.
            [ "$part" = video-work ] || start_part "$part"
        done
    done
    seed_users
}

stop() {
    local part
    for part in chat-2 chat-1 video-work video user redis postgres; do stop_part "$part" || true; done
}

# measure COMMAND SCENARIO PART,PART OPTIONS...: one line of results.
measure() {
    local command=$1 scenario=$2 pids=() part
    for part in ${3//,/ }; do pids+=("$(daemon_pid "$part")"); done
    shift 3
    "$generator" "$command" --scenario "$scenario" --group "server=$(IFS=, && echo "${pids[*]}")" \
        --group "postgres=$(daemon_pid postgres)" --group "redis=$(daemon_pid redis)" "$@" | tee -a "$results"
}

chat() {
    measure chat "$1" chat-1,chat-2 --ports "$(port_of chat-1),$(port_of chat-2)" --tokens "$work/tokens" \
        --room-ids "$work/rooms" --seconds "$duration" "${@:2}"
}

# profile NAME: one's own account, as fast as 64 connections can ask for it.
profile() {
    measure requests "$1" user --port "$(port_of user)" --path /v1/me --tokens "$work/tokens" --seconds "$duration"
}

# sign_ins COMMAND...: the command with what describes eight at a time.
sign_ins() {
    "$@" --port "$(port_of user)" --path /v1/sessions --connections 8 --seconds "$duration" --users "$users" \
        --body "{\"email\":\"user{n}@example.test\",\"password\":\"$password\"}"
}

# How others fare meanwhile. The sign-ins begin with the profiles' warm-up and outlast them by no more than their own.
profile_beside_sign_ins() {
    local others
    sign_ins measure requests login-beside-profile user --warm-up 4 &
    others=$!
    profile profile-beside-login
    wait "$others"
}

# decisions NAME OPTIONS...: 2,000 a second about the seeded users, as a service asks for them.
decisions() {
    (umask 077 && curl -fsS "http://127.0.0.1:$(port_of user)/oauth2/token" -u "chat-service:$(client_secret chat)" \
        -d grant_type=client_credentials -d scope=authz:decide |
        sed -E 's|.*"access_token":"([^"]+)".*|\1|' >"$work/decide-token")
    measure decisions "$1" user --port "$(port_of user)" --token "$work/decide-token" --users "$users" --seconds "$duration" "${@:2}"
}

# Fresh ones, for what earlier sockets have left free would hide what these cost.
restart_replicas() {
    local part
    for part in chat-1 chat-2; do stop_part "$part" && start_part "$part"; done
}

run_scenario() {
    local video
    video=$(port_of video)
    case $1 in
        profile) profile profile ;;
        login)
            sign_ins measure requests login user
            profile_beside_sign_ins
            ;;
        decisions)
            decisions decisions --batch 1
            decisions decisions-by-100 --batch 100
            ;;
        fan1k) chat fan1k --connections 1000 --rooms 1 --rate 20 ;;
        rooms5k) chat rooms5k --connections 5000 --rooms 500 --rate 1 ;;
        max)
            chat max-1room --connections 1000 --rooms 1 --window 4
            chat max-100rooms --connections 1000 --rooms 100 --window 1
            ;;
        idle)
            restart_replicas
            chat idle --connections 10000 --rooms 1000 --idle 5
            ;;
        upload)
            # As the rig does: pages of files that are kept would be cleaned in the next measurement's time.
            find "$state/objects" -type f -delete && sync
            measure upload upload video --port "$video" --tokens "$work/tokens" --video-file "$work/video"
            measure upload upload-20 video --port "$video" --tokens "$work/tokens" --uploads 20 --mebibytes 100
            ;;
        search)
            seed_videos
            measure requests search video --port "$video" --path /v1/videos --paths "$work/searches" --tokens "$work/tokens" \
                --connections 4 --seconds "$duration"
            ;;
        stream)
            [ -s "$work/video" ] || run_scenario upload
            measure stream stream video --port "$video" --tokens "$work/tokens" --video-file "$work/video" --seconds "$duration"
            ;;
        transcode)
            start_part video-work
            "$here/bench-transcode.py" "http://127.0.0.1:$video" "$work/tokens" "$(daemon_pid video-work)" "$work" \
                --seconds "${FILM_SECONDS:-60}" | tee -a "$results"
            stop_part video-work
            ;;
        *) die "no scenario is called '$1'" ;;
    esac
}

# Our services as targets of the rig, and a view of the rig in which tokens, PostgreSQL and Redis are ours: one generator
# for all. Made anew for each scenario, as addresses of media are short-lived and replicas are replaced.
describe_ours() {
    local part
    mkdir -p "$work/rig/keys" "$work/rig/pg" "$work/rig/run"
    for part in bin venv; do ln -sfn "${RIG:-/tmp/benchrig}/$part" "$work/rig/$part"; done
    ln -sf "$work/tokens" "$work/rig/keys/tokens.txt"
    daemon_pid postgres >"$work/rig/pg/postmaster.pid"
    daemon_pid redis >"$work/rig/run/redis.pid"
    cat >"$work/targets.toml" <<TOML
[hiroba-user]
pids = "$(daemon_pid user)"
profile = "http://127.0.0.1:$(port_of user)/v1/me"
login = "http://127.0.0.1:$(port_of user)/v1/sessions"
[hiroba-chat]
pids = "$(daemon_pid chat-1),$(daemon_pid chat-2)"
ws = "ws://127.0.0.1:$(port_of chat-1)/v1/ws,ws://127.0.0.1:$(port_of chat-2)/v1/ws"
header = "Authorization: Bearer {token}|Sec-WebSocket-Protocol: chat.v1"
join = '{"op":"subscribe","id":1,"room_id":"{room}"}'
pub = '{"op":"send","id":2,"room_id":"{room}","client_id":"{payload}","body":"{payload}"}'
room = "@$work/rooms"
[hiroba-video]
pids = "$(daemon_pid video)"
get = "$1"
TOML
}

# Where the uploaded video can be watched, past the gateway.
media_address() {
    curl -fsS "http://127.0.0.1:$(port_of video)/v1/videos/$(cat "$work/video")/playback" \
        -H "Authorization: Bearer $(head -n 1 "$work/tokens")" |
        sed -E 's|.*"url":"https?://[^/]+([^"]+)".*|http://127.0.0.1:'"$(port_of video)"'\1|; s|\\/|/|g'
}

# by_rig TARGET SCENARIO: one line of results of one target, ours or a peer.
by_rig() {
    local settings=(OUT="$work" DUR="$duration")
    [[ $1 != hiroba-* ]] || settings+=(RIG="$work/rig" TARGETS_EXTRA="$work/targets.toml")
    (unset CONFIG && env "${settings[@]}" "$rig/bench" "$2" "$1") || say "the rig could not measure $2 of $1"
    # Its only unique text is both client_id and body, so it meets its mark twice in each frame of ours; whether a message
    # came twice is counted by our own generator, in runs without peers.
    [ "$1" != hiroba-chat ] || sed -i '/"hiroba-chat"/s/"dup": /"marks_met_again": /' "$results"
}

# The rig's scenario of the same work, with ours first; uploads of ours speak tus, which only our generator does.
run_with_peers() {
    local scenario service address='' peer
    case $1 in
        decisions | search | transcode) # The rig's peers have none.
            run_scenario "$1"
            return
            ;;
        profile | login) scenario=$1 service=user ;;
        fan1k | rooms5k) scenario=fanout service=chat ;;
        max | idle) scenario=$1 service=chat ;;
        upload | stream) scenario=$1 service=video ;;
    esac
    # One scenario of the rig is both.
    [ "$1" != rooms5k ] || [[ " ${scenarios[*]} " != *" fan1k "* ]] || return 0
    case $1 in
        upload) run_scenario upload ;;
        stream)
            [ -s "$work/video" ] || run_scenario upload
            address=$(media_address)
            ;;&
        idle) restart_replicas ;;&
        *)
            describe_ours "$address"
            by_rig "hiroba-$service" "$scenario"
            ;;&
        login) profile_beside_sign_ins ;;
    esac
    for peer in "${peers[@]}"; do
        case $service-$peer in
            user-*user | video-*video | video-nginx-files | chat-*chat | chat-nchan* | chat-uws) by_rig "$peer" "$scenario" ;;
        esac
    done
}

rig=${PEER_RIG:-}
build
mkdir -p "$work"
trap stop EXIT
ulimit -n "$(ulimit -Hn)"
start
: >"$results"
for ((pass = 1; pass <= passes; pass++)); do
    for scenario in "${scenarios[@]}"; do
        say "pass $pass of $passes: $scenario"
        if [ -n "$rig" ]; then run_with_peers "$scenario"; else run_scenario "$scenario"; fi
    done
done
"$generator" table "$results"
