package contract_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// waiting is how many runs of a parallel test go on per core. A run mostly waits: for effects to settle,
// for the pauses of a split write, for a deadline.
const waiting = 2

func TestMain(m *testing.M) {
	if os.Getenv(benchConsumer) != "" {
		serveBenchConsumer() // never returns
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(waiting*runtime.GOMAXPROCS(0))); err != nil {
		fmt.Fprintln(os.Stderr, "set the number of parallel tests:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
