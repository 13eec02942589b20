// RUN: mlc-opt %s --mlc-rematerialize=memory=1600 | FileCheck %s
// RUN: mlc-opt %s --mlc-rematerialize=memory=1600 --mlc-plan-memory | FileCheck %s --check-prefix=PLAN
// RUN: mlc-opt %s --mlc-rematerialize=memory=3000 | FileCheck %s --check-prefix=ENOUGH
// RUN: mlc-opt %s --mlc-rematerialize=memory=3000 --mlc-plan-memory | FileCheck %s --check-prefix=FULL

func.func private @wide(%x: memref<16xf32>, %out: memref<256xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 256 : i64, mlc.traffic = 1088 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
func.func private @narrow(%x: memref<256xf32>, %out: memref<16xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind row>, mlc.work = 256 : i64, mlc.traffic = 1088 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
func.func private @back(%x: memref<256xf32>, %dy: memref<16xf32>, %out: memref<16xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind row>, mlc.work = 512 : i64, mlc.traffic = 1152 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}

// Two layers, and back: the first one's wide values are made again rather than
// kept while the second one works. A view of them is made again, too.
// CHECK-LABEL: func @train_step
// CHECK: %[[A:.*]] = mlc.launch @wide(%[[X:.*]]) :
// CHECK: %[[VIEW:.*]] = mlc.reshape %[[A]]
// CHECK: %[[B:.*]] = mlc.launch @narrow(%[[VIEW]])
// CHECK: %[[C:.*]] = mlc.launch @wide(%[[B]])
// CHECK: %[[D:.*]] = mlc.launch @narrow(%[[C]])
// CHECK: %[[G:.*]] = mlc.launch @back(%[[C]], %[[D]])
// CHECK: %[[AGAIN:.*]] = mlc.launch @wide(%[[X]]) :
// CHECK: %[[VIEW2:.*]] = mlc.reshape %[[AGAIN]]
// CHECK: mlc.launch @back(%[[VIEW2]], %[[G]])
// PLAN: mlc.arena_bytes = 1152 : i64

// What fits stays as it is.
// ENOUGH-COUNT-2: mlc.launch @wide
// ENOUGH-NOT: mlc.launch @wide
// FULL: mlc.arena_bytes = 2176 : i64
func.func @train_step(%x: tensor<16xf32> {mlc.name = "p", mlc.role = "parameter"})
    -> (tensor<16xf32> {mlc.name = "y", mlc.role = "loss"}) {
  %0 = mlc.launch @wide(%x) : (tensor<16xf32>) -> tensor<16x16xf32>
  %v = mlc.reshape %0 : tensor<16x16xf32> -> tensor<256xf32>
  %1 = mlc.launch @narrow(%v) : (tensor<256xf32>) -> tensor<16xf32>
  %2 = mlc.launch @wide(%1) : (tensor<16xf32>) -> tensor<256xf32>
  %3 = mlc.launch @narrow(%2) : (tensor<256xf32>) -> tensor<16xf32>
  %4 = mlc.launch @back(%2, %3) : (tensor<256xf32>, tensor<16xf32>) -> tensor<16xf32>
  %5 = mlc.launch @back(%v, %4) : (tensor<256xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %5 : tensor<16xf32>
}
