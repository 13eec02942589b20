// RUN: not mlc-opt %s --mlc-rematerialize=memory=1151 2>&1 | FileCheck %s
// RUN: mlc-opt %s --mlc-rematerialize=memory=1152

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
// CHECK: error: expected a memory budget of at least 1152 bytes, the smallest workspace that train_step can do with; found 1151: allow it that much, or make "batch_size" smaller
func.func @train_step(%x: tensor<16xf32> {mlc.name = "p", mlc.role = "parameter"})
    -> (tensor<16xf32> {mlc.name = "y", mlc.role = "loss"}) {
  %0 = mlc.launch @wide(%x) : (tensor<16xf32>) -> tensor<256xf32>
  %1 = mlc.launch @narrow(%0) : (tensor<256xf32>) -> tensor<16xf32>
  %2 = mlc.launch @wide(%1) : (tensor<16xf32>) -> tensor<256xf32>
  %3 = mlc.launch @narrow(%2) : (tensor<256xf32>) -> tensor<16xf32>
  %4 = mlc.launch @back(%2, %3) : (tensor<256xf32>, tensor<16xf32>) -> tensor<16xf32>
  %5 = mlc.launch @back(%0, %4) : (tensor<256xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %5 : tensor<16xf32>
}
