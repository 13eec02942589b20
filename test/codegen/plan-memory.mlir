// RUN: mlc-opt %s --mlc-plan-memory -split-input-file | FileCheck %s

func.func private @step(%x: memref<4xf32>, %g: memref<4xf32>, %out: memref<4xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = [[0, 0], [0, 1]]} {
  return
}
func.func private @read(%x: memref<4xf32>, %out: memref<4xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
// The new value takes the old one's place, after the last launch that reads it.
// CHECK: mlc.state = [{name = "dense/bias", offset = 0 : i64, role = "parameter", type = tensor<4xf32>}], mlc.state_bytes = 64 : i64
// Where a launch lets two arguments share memory, they aren't declared not to.
// CHECK: func private @step(%{{[^:]*}}: memref<4xf32>, %{{[^:]*}}: memref<4xf32> {llvm.noalias}, %{{[^:]*}}: memref<4xf32>, %
// CHECK: func private @read(%{{[^:]*}}: memref<4xf32> {llvm.noalias}, %{{[^:]*}}: memref<4xf32> {llvm.noalias}, %
// CHECK-LABEL: func @in_place
// CHECK-SAME: (%[[STATE:[^:]*]]: memref<64xi8>, %{{[^:]*}}: memref<0xi8>, %{{[^:]*}}: memref<1xi32>, %[[X:[^:]*]]: memref<4xf32>, %[[Y:[^:]*]]: memref<4xf32>)
// CHECK-SAME: mlc.arena = [], mlc.arena_bytes = 0 : i64
// CHECK-SAME: mlc.inputs = [{ignored = 0 : i64, name = "x", range = 0 : i64, role = "input", type = tensor<4xf32>}]
// CHECK-SAME: mlc.outputs = [{ignored = 0 : i64, name = "y", range = 0 : i64, role = "output", type = tensor<4xf32>}]
// CHECK: %[[OLD:.*]] = memref.view %[[STATE]]
// CHECK: mlc.launch @read(%[[OLD]], %[[Y]])
// CHECK: %[[P:.*]] = memref.view %[[STATE]]
// CHECK: %[[NEW:.*]] = memref.view %[[STATE]]
// CHECK: mlc.launch @step(%[[P]], %[[X]], %[[NEW]])
// CHECK-NOT: memref.copy
// CHECK: return
func.func @in_place(%p: tensor<4xf32> {mlc.name = "dense/bias", mlc.role = "parameter"},
                    %x: tensor<4xf32> {mlc.name = "x", mlc.role = "input"})
    -> (tensor<4xf32> {mlc.name = "dense/bias", mlc.role = "parameter", mlc.updates = 0 : i64},
        tensor<4xf32> {mlc.name = "y", mlc.role = "output"}) {
  %0 = mlc.launch @step(%p, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = mlc.launch @read(%p) : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func private @read(%x: memref<4xf32>, %out: memref<4xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
// The kernel can't write over what it reads: a temporary, copied at the end.
// CHECK-LABEL: func @copied
// CHECK-SAME: (%[[STATE:[^:]*]]: memref<64xi8>, %[[ARENA:[^:]*]]: memref<64xi8>, %
// CHECK: %[[P:.*]] = memref.view %[[STATE]]
// CHECK: %[[T:.*]] = memref.view %[[ARENA]]
// CHECK: mlc.launch @read(%[[P]], %[[T]])
// CHECK: %[[FROM:.*]] = memref.view %[[ARENA]]
// CHECK: %[[TO:.*]] = memref.view %[[STATE]]
// CHECK: memref.copy %[[FROM]], %[[TO]]
// CHECK-NEXT: return
func.func @copied(%p: tensor<4xf32> {mlc.name = "dense/bias", mlc.role = "parameter"})
    -> (tensor<4xf32> {mlc.name = "dense/bias", mlc.role = "parameter", mlc.updates = 0 : i64}) {
  %0 = mlc.launch @read(%p) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func private @swap(%x: memref<4xf32>, %y: memref<4xf32>, %out: memref<4xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = [[0, 0], [0, 1]]} {
  return
}
// Each new value is computed from both old ones: only one can be in place.
// CHECK: mlc.state = [{name = "p", offset = 0 : i64{{.*}}}, {name = "q", offset = 64 : i64
// CHECK-LABEL: func @old_value_needed
// CHECK-SAME: (%[[STATE:[^:]*]]: memref<128xi8>, %[[ARENA:[^:]*]]: memref<64xi8>, %
// CHECK: %[[T:.*]] = memref.view %[[ARENA]]
// CHECK: mlc.launch @swap(%{{.*}}, %{{.*}}, %[[T]])
// CHECK: %[[P:.*]] = memref.view %[[STATE]]
// CHECK: mlc.launch @swap(%
// CHECK: %[[FROM:.*]] = memref.view %[[ARENA]]
// CHECK: %[[Q:.*]] = arith.constant 64 : index
// CHECK: %[[TO:.*]] = memref.view %[[STATE]][%[[Q]]]
// CHECK: memref.copy %[[FROM]], %[[TO]]
// CHECK-NOT: memref.copy
// CHECK: return
func.func @old_value_needed(%p: tensor<4xf32> {mlc.name = "p", mlc.role = "parameter"},
                            %q: tensor<4xf32> {mlc.name = "q", mlc.role = "parameter"})
    -> (tensor<4xf32> {mlc.name = "p", mlc.role = "parameter", mlc.updates = 0 : i64},
        tensor<4xf32> {mlc.name = "q", mlc.role = "parameter", mlc.updates = 1 : i64}) {
  %0 = mlc.launch @swap(%p, %q) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = mlc.launch @swap(%q, %p) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func private @read(%x: memref<64xf32>, %out: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
func.func private @packing(%x: memref<64xf32>, %out: memref<64xf32>, %scratch: memref<32xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 32 : i64, mlc.shares = []} {
  return
}
// Two temporaries are alive at once; the third has the first one's place. The
// packing needs memory for its own step alone. A reshape is no value.
// CHECK-LABEL: func @arena
// CHECK-SAME: (%{{.*}}: memref<0xi8>, %[[ARENA:[^:]*]]: memref<512xi8>, %
// CHECK-SAME: mlc.arena = [{bytes = 256 : i64, first = 0 : i64, last = 1 : i64, name = "read", offset = [[A:[0-9]+]] : i64},
// CHECK-SAME: {bytes = 256 : i64, first = 1 : i64, last = 2 : i64, name = "read", offset = [[B:[0-9]+]] : i64},
// CHECK-SAME: {bytes = 256 : i64, first = 2 : i64, last = 3 : i64, name = "read", offset = [[A]] : i64},
// CHECK-SAME: {bytes = 128 : i64, first = 3 : i64, last = 3 : i64, name = "packing (packing)", offset = [[B]] : i64}]
// CHECK-SAME: mlc.arena_bytes = 512 : i64, mlc.flops = 7 : i64
// CHECK-SAME: mlc.live_bytes = 512 : i64
// CHECK: %[[SCRATCH:.*]] = memref.view %[[ARENA]]{{.*}} to memref<32xf32>
// CHECK: mlc.launch @packing(%{{.*}}, %{{.*}}, %[[SCRATCH]])
func.func @arena(%x: tensor<64xf32> {mlc.name = "x", mlc.role = "input"})
    -> (tensor<64xf32> {mlc.name = "y", mlc.role = "output"}) attributes {mlc.flops = 7 : i64} {
  %0 = mlc.launch @read(%x) : (tensor<64xf32>) -> tensor<64xf32>
  %1 = mlc.launch @read(%0) : (tensor<64xf32>) -> tensor<64xf32>
  %2 = mlc.reshape %1 : tensor<64xf32> -> tensor<8x8xf32>
  %3 = mlc.reshape %2 : tensor<8x8xf32> -> tensor<64xf32>
  %4 = mlc.launch @read(%3) : (tensor<64xf32>) -> tensor<64xf32>
  %5 = mlc.launch @packing(%4) : (tensor<64xf32>) -> tensor<64xf32>
  return %5 : tensor<64xf32>
}

// -----

func.func private @chain(%x: memref<64xf32>, %out: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = [[0, 0]]} {
  return
}
// A temporary takes over the place of one that dies: the arena holds one.
// CHECK-LABEL: func @taken_over
// CHECK-SAME: mlc.arena = [{bytes = 256 : i64, first = 0 : i64, last = 2 : i64, name = "chain", offset = 0 : i64}], mlc.arena_bytes = 256 : i64
func.func @taken_over(%x: tensor<64xf32> {mlc.name = "x", mlc.role = "input"})
    -> (tensor<64xf32> {mlc.name = "y", mlc.role = "output"}) {
  %0 = mlc.launch @chain(%x) : (tensor<64xf32>) -> tensor<64xf32>
  %1 = mlc.launch @chain(%0) : (tensor<64xf32>) -> tensor<64xf32>
  %2 = mlc.launch @chain(%1) : (tensor<64xf32>) -> tensor<64xf32>
  return %2 : tensor<64xf32>
}

// -----

func.func private @scatter(%t: memref<4xf32>, %x: memref<4xf32>, %out: memref<4xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind scatter>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = [[0, 0]]} {
  return
}
// A table to which rows are added twice: both launches write over it.
// CHECK-LABEL: func @chain
// CHECK-SAME: (%[[STATE:[^:]*]]: memref<64xi8>, %
// CHECK-SAME: mlc.arena = [], mlc.arena_bytes = 0 : i64
// CHECK: %[[T0:.*]] = memref.view %[[STATE]][
// CHECK: %[[T1:.*]] = memref.view %[[STATE]][
// CHECK: mlc.launch @scatter(%[[T0]], %{{.*}}, %[[T1]])
// CHECK: %[[T2:.*]] = memref.view %[[STATE]][
// CHECK: %[[T3:.*]] = memref.view %[[STATE]][
// CHECK: mlc.launch @scatter(%[[T2]], %{{.*}}, %[[T3]])
// CHECK-NOT: memref.copy
// CHECK: return
func.func @chain(%p: tensor<4xf32> {mlc.name = "t", mlc.role = "parameter"},
                 %x: tensor<4xf32> {mlc.name = "x", mlc.role = "input"},
                 %y: tensor<4xf32> {mlc.name = "y", mlc.role = "input"})
    -> (tensor<4xf32> {mlc.name = "t", mlc.role = "parameter", mlc.updates = 0 : i64}) {
  %0 = mlc.launch @scatter(%p, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = mlc.launch @scatter(%0, %y) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func private @draw(%key: memref<2xi32>, %stream: memref<1xi32>, %out: memref<4xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
// Constants that launches read are in memory, equal ones once.
// CHECK-COUNT-2: memref.global "private" constant @{{.*}} : memref<1xi32> = dense<{{[57]}}> {alignment = 4 : i64}
// CHECK-NOT: memref.global
// CHECK-LABEL: func @constants
// CHECK: %[[S:.*]] = memref.get_global @[[SEVEN:.*]] : memref<1xi32>
// CHECK: mlc.launch @draw(%{{.*}}, %[[S]], %{{.*}})
// CHECK: %[[T:.*]] = memref.get_global @{{.*}} : memref<1xi32>
// CHECK: mlc.launch @draw(%{{.*}}, %[[T]], %{{.*}})
// CHECK: %[[U:.*]] = memref.get_global @[[SEVEN]] : memref<1xi32>
// CHECK: mlc.launch @draw(%{{.*}}, %[[U]], %{{.*}})
func.func @constants(%key: tensor<2xi32> {mlc.name = "seed", mlc.role = "seed"})
    -> (tensor<4xf32> {mlc.name = "x", mlc.role = "output"}, tensor<4xf32> {mlc.name = "y", mlc.role = "output"},
        tensor<4xf32> {mlc.name = "z", mlc.role = "output"}) {
  %seven = mlc.constant dense<7> : tensor<i32>
  %x = mlc.launch @draw(%key, %seven) : (tensor<2xi32>, tensor<i32>) -> tensor<4xf32>
  %five = mlc.constant dense<5> : tensor<i32>
  %y = mlc.launch @draw(%key, %five) : (tensor<2xi32>, tensor<i32>) -> tensor<4xf32>
  %again = mlc.constant dense<7> : tensor<i32>
  %z = mlc.launch @draw(%key, %again) : (tensor<2xi32>, tensor<i32>) -> tensor<4xf32>
  return %x, %y, %z : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

func.func private @make(%x: memref<4xf32>, %out: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
func.func private @sum(%x: memref<64xf32>, %out: memref<4xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind row>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
// What frees memory runs as soon as it can: each large value is summed before
// the next one is made.
// CHECK-LABEL: func @early
// CHECK-SAME: mlc.arena_bytes = 384 : i64
// CHECK: mlc.launch @make
// CHECK: mlc.launch @sum
// CHECK: mlc.launch @make
// CHECK: mlc.launch @sum
func.func @early(%x: tensor<4xf32> {mlc.name = "x", mlc.role = "input"},
                 %y: tensor<4xf32> {mlc.name = "y", mlc.role = "input"})
    -> (tensor<64xf32> {mlc.name = "z", mlc.role = "output"}) {
  %0 = mlc.launch @make(%x) : (tensor<4xf32>) -> tensor<64xf32>
  %1 = mlc.launch @make(%y) : (tensor<4xf32>) -> tensor<64xf32>
  %2 = mlc.launch @sum(%0) : (tensor<64xf32>) -> tensor<4xf32>
  %3 = mlc.launch @sum(%1) : (tensor<64xf32>) -> tensor<4xf32>
  %4 = mlc.launch @both(%2, %3) : (tensor<4xf32>, tensor<4xf32>) -> tensor<64xf32>
  return %4 : tensor<64xf32>
}
func.func private @both(%x: memref<4xf32>, %y: memref<4xf32>, %out: memref<64xf32>, %b: index, %e: index, %w: index)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64, mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = []} {
  return
}
