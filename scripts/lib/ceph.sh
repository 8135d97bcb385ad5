# shellcheck shell=bash disable=SC2034
# A Ceph RADOS Gateway over one monitor and one OSD in memory, of Debian's packages but not installed. Source after
# common.sh, debian.sh.

# ceph_start PACKAGES DATA PORT SECRET: starts it on 127.0.0.1:PORT with its data in DATA and sets
# COMPAT_ACCESS_KEY, COMPAT_PID and COMPAT_LOG. PACKAGES is where the unpacked packages are kept.
ceph_start() {
    local packages=$1 data=$2 port=$3 secret=$4
    local monitor_port='' cluster disk plugins
    debian_unpack "$packages" radosgw ceph-mon ceph-osd
    plugins=$(debian_library_path "$packages")
    plugins=${plugins%%:*}
    local run=(
        env "PATH=$packages/usr/bin:$PATH" "LD_LIBRARY_PATH=$plugins/ceph:$(debian_library_path "$packages")"
        "PYTHONPATH=$packages/usr/lib/python3/dist-packages"
    )
    choose_free_port monitor_port
    cluster=$(random_uuid)
    disk=$(random_uuid)
    mkdir -p "$data/mon" "$data/osd" "$data/run"
    touch "$data/keyring"
    ceph_configuration "$data" "$port" "$monitor_port" "$cluster" "$plugins" >"$data/ceph.conf"
    {
        "${run[@]}" monmaptool --create --fsid "$cluster" --addv a "[v2:127.0.0.1:$monitor_port]" "$data/monmap"
        "${run[@]}" ceph-mon --conf "$data/ceph.conf" --mkfs -i a --monmap "$data/monmap"
    } >"$data/setup.log" 2>&1 || ceph_give_up "$data/setup.log"
    ceph_run_daemon ceph-mon -i a
    "${run[@]}" timeout 60 ceph --conf "$data/ceph.conf" osd new "$disk" 0 >>"$data/setup.log" 2>&1 ||
        ceph_give_up "$data/setup.log"
    "${run[@]}" ceph-osd --conf "$data/ceph.conf" -i 0 --mkfs --osd-uuid "$disk" >>"$data/setup.log" 2>&1 ||
        ceph_give_up "$data/setup.log"
    ceph_run_daemon ceph-osd -i 0
    ceph_run_daemon radosgw -n client.rgw
    COMPAT_ACCESS_KEY=compat
    # Waits for the pools that the gateway makes.
    "${run[@]}" timeout 120 radosgw-admin --conf "$data/ceph.conf" user create --uid=compat --display-name=compat \
        "--access-key=$COMPAT_ACCESS_KEY" "--secret=$secret" >>"$data/setup.log" 2>&1 || ceph_give_up "$data/setup.log"
}

# With the caller's run and data: starts a daemon in the foreground mode that leaves it our child.
ceph_run_daemon() {
    local name=$1
    shift
    "${run[@]}" "$name" --conf "$data/ceph.conf" "$@" -f >"$data/$name.log" 2>&1 </dev/null &
    COMPAT_PID=$!
    COMPAT_LOG=$data/$name.log
    on_exit stop_process "$COMPAT_PID"
}

ceph_give_up() {
    tail -n 20 "$1" >&2
    die "the Ceph cluster could not be set up"
}

# Everything on loopback, nobody authenticated but by S3, one copy of everything, in memory.
ceph_configuration() {
    local data=$1 port=$2 monitor_port=$3 cluster=$4 plugins=$5
    cat <<CONFIGURATION
[global]
fsid = $cluster
mon_host = [v2:127.0.0.1:$monitor_port]
mon_initial_members = a
public_network = 127.0.0.0/8
public_addr = 127.0.0.1
ms_bind_msgr1 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# radosgw asks for an encrypted connection to the monitor, which there is not without keys.
ms_mon_client_mode = crc
run_dir = $data/run
admin_socket = $data/run/\$name.\$pid.asok
log_file = $data/\$name.daemon.log
pid_file =
plugin_dir = $plugins/ceph
erasure_code_dir = $plugins/ceph/erasure-code
osd_class_dir = $plugins/rados-classes
mon_data = $data/mon
mon_data_avail_crit = 1
mon_allow_pool_size_one = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0

[osd]
osd_data = $data/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_max_object_name_len = 2048
osd_class_load_list = *
osd_class_default_list = *

[client]
keyring = $data/keyring
rgw_data = $data
rgw_frontends = beast endpoint=127.0.0.1:$port
CONFIGURATION
}
