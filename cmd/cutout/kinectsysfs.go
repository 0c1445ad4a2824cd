package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// A usbNode is a USB device as Linux tells of it below /sys/bus/usb/devices. A field
// whose file is missing is empty.
type usbNode struct {
	Name    string `json:"name"` // bus and ports, such as 1-4.2
	Bus     int    `json:"bus"`
	Address int    `json:"address"`
	Vendor  string `json:"vendor"` // hexadecimal
	Product string `json:"product"`
	Release string `json:"release"`
	Class   string `json:"class"`
	// Speed is in Mbit/s: 480 for a Kinect's camera.
	Speed        string `json:"speed"`
	Manufacturer string `json:"manufacturer,omitempty"`
	ProductName  string `json:"product_name,omitempty"`
	Serial       string `json:"serial,omitempty"`
	MaxPower     string `json:"max_power,omitempty"`
	// Power is "on" or, where the system may put it to sleep, "auto".
	Power      string         `json:"power,omitempty"`
	Interfaces []usbInterface `json:"interfaces,omitempty"`
	// Controller is the driver of the bus, such as xhci_hcd.
	Controller string `json:"controller,omitempty"`
	// Descriptors are those of the device and of its configuration, as hexadecimal
	// digits.
	Descriptors string `json:"descriptors,omitempty"`
	// Mode and Writable say who may open the node below /dev/bus/usb.
	Mode     string `json:"mode,omitempty"`
	Writable bool   `json:"writable"`
}

// A usbInterface is a part of a device, and the kernel's driver that holds it.
type usbInterface struct {
	Name   string `json:"name"`
	Class  string `json:"class"`
	Driver string `json:"driver,omitempty"`
}

const microsoft = "045e"

func (n usbNode) isKinect() bool {
	if n.Vendor != microsoft {
		return false
	}
	switch n.Product {
	case "02ae", "02ad", "02b0", "02bf", "02be", "02c2", "02bb", "02c3":
		return true
	}
	return false
}

// hubs is how many hubs lie between the device and the computer, the Kinect's own
// inner hub counted.
func (n usbNode) hubs() int { return strings.Count(n.Name, ".") }

// readUSB reads what is known of every USB device; root is / but in tests. It is
// empty where there is no sysfs.
func readUSB(root string) []usbNode {
	base := filepath.Join(root, "sys/bus/usb/devices")
	entries, err := os.ReadDir(base)
	if err != nil {
		return nil
	}
	var nodes []usbNode
	for _, e := range entries {
		if strings.Contains(e.Name(), ":") {
			continue // an interface
		}
		if n, ok := readUSBNode(root, base, e.Name()); ok {
			nodes = append(nodes, n)
		}
	}
	sort.Slice(nodes, func(i, j int) bool { return nodes[i].Name < nodes[j].Name })
	return nodes
}

func readUSBNode(root, base, name string) (usbNode, bool) {
	dir := filepath.Join(base, name)
	text := func(file string) string { return readFact(filepath.Join(dir, file)) }
	n := usbNode{
		Name: name, Vendor: text("idVendor"), Product: text("idProduct"), Release: text("bcdDevice"), Class: text("bDeviceClass"),
		Speed: text("speed"), Manufacturer: text("manufacturer"), ProductName: text("product"), Serial: text("serial"),
		MaxPower: text("bMaxPower"), Power: text("power/control"),
	}
	var err error
	if n.Bus, err = strconv.Atoi(text("busnum")); err != nil {
		return usbNode{}, false
	}
	if n.Address, err = strconv.Atoi(text("devnum")); err != nil {
		return usbNode{}, false
	}
	if bus, err := filepath.EvalSymlinks(filepath.Join(base, "usb"+strconv.Itoa(n.Bus))); err == nil {
		n.Controller = linkName(filepath.Join(filepath.Dir(bus), "driver"))
	}
	parts, _ := filepath.Glob(filepath.Join(base, name+":*"))
	for _, p := range parts {
		n.Interfaces = append(n.Interfaces, usbInterface{
			Name: filepath.Base(p), Class: readFact(filepath.Join(p, "bInterfaceClass")), Driver: linkName(filepath.Join(p, "driver")),
		})
	}
	if n.isKinect() {
		const most = 4096
		if b, err := os.ReadFile(filepath.Join(dir, "descriptors")); err == nil {
			n.Descriptors = hex.EncodeToString(b[:min(len(b), most)])
		}
	}
	device := filepath.Join(root, "dev/bus/usb", pad3(n.Bus), pad3(n.Address))
	if info, err := os.Stat(device); err == nil {
		n.Mode = info.Mode().String()
	}
	if f, err := os.OpenFile(device, os.O_RDWR, 0); err == nil {
		n.Writable = f.Close() == nil
	}
	return n, true
}

func pad3(n int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(3-len(s), 0)) + s
}

// readFact reads a file of one line.
func readFact(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b[:min(len(b), 256)]))
}

// linkName is the last element of what a link points at.
func linkName(path string) string {
	resolved, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return ""
	}
	to, err := os.Readlink(filepath.Join(resolved, filepath.Base(path)))
	if err != nil {
		return ""
	}
	return filepath.Base(to)
}

// loadedLibrary is the file of a library that this process has mapped; "" when there
// is none, or nobody tells.
func loadedLibrary(name string) string {
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if i := strings.IndexByte(line, '/'); i >= 0 && strings.Contains(line[i:], name) {
			return strings.TrimSpace(line[i:])
		}
	}
	return ""
}
