package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/containernetworking/cni/libcni"
)

type measured struct {
	WallMs         float64 `json:"wallMs"`
	UserMs         float64 `json:"userMs"`
	SysMs          float64 `json:"sysMs"`
	ChildrenUserMs float64 `json:"childrenUserMs"`
	ChildrenSysMs  float64 `json:"childrenSysMs"`
}

// bench does ADD and DEL of count containers, parallel ones at a time.
func bench(args []string) error {
	count, countErr := strconv.Atoi(args[3])
	parallel, parallelErr := strconv.Atoi(args[4])
	if err := errors.Join(countErr, parallelErr); err != nil {
		return err
	}
	list, err := (&operation{File: args[2]}).list()
	if err != nil {
		return err
	}
	cni := newCNI(strings.Split(args[0], ":"), args[1])
	start := time.Now()
	if err := addAndDelete(cni, list, count, parallel, args[5]); err != nil {
		return err
	}
	wall := time.Since(start)
	self, children, err := usage()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(measured{
		WallMs:         wall.Seconds() * 1000,
		UserMs:         ms(self.Utime),
		SysMs:          ms(self.Stime),
		ChildrenUserMs: ms(children.Utime),
		ChildrenSysMs:  ms(children.Stime),
	})
}

func addAndDelete(cni *libcni.CNIConfig, list *libcni.NetworkConfigList, count, parallel int, netnsPrefix string) error {
	ids := make(chan int, count)
	for id := range count {
		ids <- id
	}
	close(ids)
	errs := make([]error, parallel)
	var workers sync.WaitGroup
	for worker := range parallel {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for id := range ids {
				if errs[worker] = addAndDeleteOne(cni, list, id, netnsPrefix+strconv.Itoa(worker)); errs[worker] != nil {
					return
				}
			}
		}()
	}
	workers.Wait()
	return errors.Join(errs...)
}

func addAndDeleteOne(cni *libcni.CNIConfig, list *libcni.NetworkConfigList, id int, netns string) error {
	ctx := context.Background()
	rt := &libcni.RuntimeConf{
		ContainerID:    fmt.Sprintf("bench-%d", id),
		NetNS:          netns,
		IfName:         "eth0",
		Args:           [][2]string{{"IgnoreUnknown", "1"}},
		CapabilityArgs: map[string]any{"portMappings": []any{}},
	}
	if _, err := cni.AddNetworkList(ctx, list, rt); err != nil {
		return err
	}
	return cni.DelNetworkList(ctx, list, rt)
}

func usage() (self, children syscall.Rusage, err error) {
	err = errors.Join(
		syscall.Getrusage(syscall.RUSAGE_SELF, &self),
		syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children),
	)
	return self, children, err
}

func ms(time syscall.Timeval) float64 {
	return float64(time.Sec)*1000 + float64(time.Usec)/1000
}
