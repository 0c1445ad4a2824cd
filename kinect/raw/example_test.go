package raw_test

import (
	"fmt"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// A frame of depth arrives in 242 packets, one of which is lost.
func Example() {
	layout := raw.LayoutOfDepth(kinect.Depth11Bit)
	assembler := raw.NewAssembler(layout)
	developer := raw.NewDeveloper(kinect.DefaultCalibration())
	for i := range layout.Packets() {
		packet := make([]byte, layout.PacketLength(i))
		layout.PutHeader(packet, i, byte(i), 2_002_155)
		if i == 100 {
			continue
		}
		if frame, ok := assembler.Add(packet); ok {
			depth := frame.DepthFrame(time.Now())
			distances, _ := developer.Depth(depth)
			fmt.Println("lost", depth.LostPackets, "packet, bytes", frame.Missing)
			fmt.Println("a pixel that came:", distances[0], "mm; one that did not:", distances[640*199], "mm")
		}
	}
	// Output:
	// lost 1 packet, bytes [{174800 176548}]
	// a pixel that came: 317 mm; one that did not: 0 mm
}
