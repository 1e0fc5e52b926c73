// Command peer runs networks with libcni, so that @fairlead/cni can be held against it.
//
//	peer serve    reads operations on stdin, one JSON object a line, and answers each on stdout
//	peer bench <bin dirs> <cache dir> <conf file> <count> <parallel> <netns prefix>
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/types"
	"github.com/containernetworking/cni/pkg/version"
)

// An operation is one call of libcni. Exactly one of File, Name and Text tells the list.
type operation struct {
	Op       string   `json:"op"`
	BinDirs  []string `json:"binDirs"`
	CacheDir string   `json:"cacheDir"`

	File    string `json:"file"`
	ConfDir string `json:"confDir"`
	Name    string `json:"name"`
	Text    string `json:"text"`

	Conf             runtimeConf          `json:"conf"`
	ValidAttachments []types.GCAttachment `json:"validAttachments"`
	Plugin           string               `json:"plugin"`
	Extensions       []string             `json:"extensions"`
}

type runtimeConf struct {
	ContainerID    string         `json:"containerId"`
	NetNS          string         `json:"netns"`
	IfName         string         `json:"ifName"`
	Args           [][2]string    `json:"args"`
	CapabilityArgs map[string]any `json:"capabilityArgs"`
}

type answer struct {
	OK    bool     `json:"ok"`
	Value any      `json:"value"`
	Error *failure `json:"error,omitempty"`
}

type failure struct {
	Text    string `json:"text"`
	Code    uint   `json:"code"`
	Msg     string `json:"msg"`
	Details string `json:"details"`
}

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		err = serve(os.Stdin, os.Stdout)
	case len(os.Args) == 8 && os.Args[1] == "bench":
		err = bench(os.Args[2:])
	default:
		err = errors.New("usage: peer serve | peer bench <bin dirs> <cache dir> <conf file> <count> <parallel> <netns prefix>")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var op operation
		if err := json.Unmarshal(lines.Bytes(), &op); err != nil {
			return err
		}
		value, err := op.run(context.Background())
		if err := answers.Encode(answerOf(value, err)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func answerOf(value any, err error) answer {
	if err == nil {
		return answer{OK: true, Value: value}
	}
	told := &failure{Text: err.Error()}
	var plugin *types.Error
	if errors.As(err, &plugin) {
		told.Code, told.Msg, told.Details = plugin.Code, plugin.Msg, plugin.Details
	}
	return answer{Error: told}
}

func newCNI(binDirs []string, cacheDir string) *libcni.CNIConfig {
	// What plugins write to stderr is not this program's to show.
	exec := &invoke.DefaultExec{RawExec: &invoke.RawExec{Stderr: io.Discard}}
	return libcni.NewCNIConfigWithCacheDir(binDirs, cacheDir, exec)
}

func (op *operation) run(ctx context.Context) (any, error) {
	cni := newCNI(op.BinDirs, op.CacheDir)
	switch op.Op {
	case "files":
		return op.files()
	case "version":
		return versions(cni.GetVersionInfo(ctx, op.Plugin))
	case "attachments":
		return attachments(cni.GetCachedAttachments(""))
	}
	list, err := op.list()
	if err != nil {
		return nil, err
	}
	return op.runList(ctx, cni, list)
}

func (op *operation) runList(ctx context.Context, cni *libcni.CNIConfig, list *libcni.NetworkConfigList) (any, error) {
	rt := &libcni.RuntimeConf{
		ContainerID:    op.Conf.ContainerID,
		NetNS:          op.Conf.NetNS,
		IfName:         op.Conf.IfName,
		Args:           op.Conf.Args,
		CapabilityArgs: op.Conf.CapabilityArgs,
	}
	switch op.Op {
	case "load":
		return loaded(list), nil
	case "add":
		return cni.AddNetworkList(ctx, list, rt)
	case "check":
		return nil, cni.CheckNetworkList(ctx, list, rt)
	case "del":
		return nil, cni.DelNetworkList(ctx, list, rt)
	case "gc":
		return nil, cni.GCNetworkList(ctx, list, op.gcArgs())
	case "status":
		return nil, cni.GetStatusNetworkList(ctx, list)
	case "validate":
		_, err := cni.ValidateNetworkList(ctx, list)
		return nil, err
	case "cachedResult":
		return cni.GetNetworkListCachedResult(list, rt)
	}
	return nil, fmt.Errorf("no operation %q", op.Op)
}

func (op *operation) gcArgs() *libcni.GCArgs {
	if op.ValidAttachments == nil {
		return nil
	}
	return &libcni.GCArgs{ValidAttachments: op.ValidAttachments}
}

func (op *operation) list() (*libcni.NetworkConfigList, error) {
	switch {
	case op.Name != "":
		return libcni.LoadNetworkConf(op.ConfDir, op.Name)
	case op.File == "":
		return libcni.NetworkConfFromBytes([]byte(op.Text))
	case filepath.Ext(op.File) == ".conflist":
		return libcni.NetworkConfFromFile(op.File)
	}
	// As the runtimes do with a single plugin's file.
	plugin, err := libcni.ConfFromFile(op.File)
	if err != nil {
		return nil, err
	}
	return libcni.ConfListFromConf(plugin)
}

func (op *operation) files() (any, error) {
	files, err := libcni.ConfFiles(op.ConfDir, op.Extensions)
	sort.Strings(files)
	return append([]string{}, files...), err
}

func versions(info version.PluginInfo, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return info.SupportedVersions(), nil
}

func loaded(list *libcni.NetworkConfigList) any {
	plugins := []map[string]any{}
	for _, plugin := range list.Plugins {
		capabilities := []string{}
		for capability, wanted := range plugin.Network.Capabilities {
			if wanted {
				capabilities = append(capabilities, capability)
			}
		}
		sort.Strings(capabilities)
		plugins = append(plugins, map[string]any{
			"type":         plugin.Network.Type,
			"ipamType":     plugin.Network.IPAM.Type,
			"capabilities": capabilities,
		})
	}
	return map[string]any{
		"name":                   list.Name,
		"cniVersion":             list.CNIVersion,
		"disableCheck":           list.DisableCheck,
		"disableGC":              list.DisableGC,
		"loadOnlyInlinedPlugins": list.LoadOnlyInlinedPlugins,
		"plugins":                plugins,
	}
}

func attachments(cached []*libcni.NetworkAttachment, err error) (any, error) {
	told := []map[string]any{}
	for _, attachment := range cached {
		told = append(told, map[string]any{
			"network":        attachment.Network,
			"containerId":    attachment.ContainerID,
			"ifName":         attachment.IfName,
			"netns":          attachment.NetNS,
			"args":           append([][2]string{}, attachment.CniArgs...),
			"capabilityArgs": attachment.CapabilityArgs,
			"config":         string(attachment.Config),
		})
	}
	return told, err
}
