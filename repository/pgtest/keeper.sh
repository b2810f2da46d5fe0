# Outlives the process that started a cluster, and clears up after it. $1 is the cluster's
# directory. Each line of the input is the pid of the server, or empty while there is none. The
# input ends when the cluster is no longer wanted, or when the process that wrote it is gone.
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
	kill -QUIT "$pid"
	tries=0
	while [ -e "$1/data/postmaster.pid" ] && [ "$tries" -lt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
fi
rm -rf "$1"
