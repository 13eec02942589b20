// RUN: mlc-opt %s --mlc-lower-launches | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: mlc-opt %s --mlc-lower-launches=threads=4 | FileCheck %s --check-prefixes=CHECK,MANY

// Enough work in several tiles is marked to be shared, if there are threads.
// ONE-NOT: mlc-tiles
// CHECK-LABEL: func private @large
// MANY-SAME: passthrough = ["noinline", "nounwind", ["mlc-tiles", "3"]]
func.func private @large(%x: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 50000 : i64, mlc.tiles = 3 : i64} {
  return
}
// MANY-NOT: mlc-tiles
// CHECK-LABEL: func private @little_work
// CHECK-SAME: passthrough = ["noinline", "nounwind"]
func.func private @little_work(%x: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 49999 : i64, mlc.tiles = 3 : i64} {
  return
}
// CHECK-LABEL: func private @one_tile
// CHECK-SAME: passthrough = ["noinline", "nounwind"]
func.func private @one_tile(%x: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 50000000 : i64, mlc.tiles = 1 : i64} {
  return
}
// A launch is a call that does all tiles as worker 0.
// CHECK-LABEL: func @predict
// CHECK-SAME: (%[[X:.*]]: memref<64xf32>)
// CHECK-NOT: passthrough
// CHECK: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK: %[[TILES:.*]] = arith.constant 3 : index
// CHECK: call @large(%[[X]], %[[ZERO]], %[[TILES]], %[[ZERO]])
// CHECK: call @little_work(%[[X]],
// CHECK: %[[ONE:.*]] = arith.constant 1 : index
// CHECK: call @one_tile(%[[X]], %{{.*}}, %[[ONE]], %{{.*}})
// CHECK-NOT: mlc.launch
func.func @predict(%x: memref<64xf32>) {
  mlc.launch @large(%x) : (memref<64xf32>) -> ()
  mlc.launch @little_work(%x) : (memref<64xf32>) -> ()
  mlc.launch @one_tile(%x) : (memref<64xf32>) -> ()
  return
}
