// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" --cse | FileCheck %s
// Kernels work in registers and in what they are given: no memory of their own.
// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels | FileCheck %s --check-prefix=NONE --implicit-check-not=memref.alloc --implicit-check-not=memref.copy --implicit-check-not=tensor
// NONE: func private @pointwise
// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16 threads=4" --cse | FileCheck %s --check-prefix=THREADS

// 19 elements: two vectors of 8, and 3 behind a mask.
// CHECK-LABEL: func private @pointwise
// CHECK-SAME: (%[[X:[^:]*]]: memref<19xf32>, %[[Y:[^:]*]]: memref<19xf32>, %[[OUT:[^:]*]]: memref<19xf32>, %[[BEGIN:[^:]*]]: index, %[[END:[^:]*]]: index, %{{.*}}: index)
// CHECK-SAME: mlc.scratch = 0 : i64, mlc.shares = {{\[\[}}0, 0], [0, 1]], mlc.tiles = 1 : i64, mlc.work = 19 : i64
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: %[[TAIL:.*]] = arith.constant 16 : index
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[TAIL]] step
// CHECK: %[[A:.*]] = vector.load %[[X]][%[[I]]]
// CHECK: %[[B:.*]] = vector.load %[[Y]][%[[I]]]
// CHECK: %[[P:.*]] = arith.mulf %[[A]], %[[B]] : vector<8xf32>
// CHECK: vector.store %[[P]], %[[OUT]][%[[I]]]
// CHECK: %[[MASK:.*]] = arith.constant dense<[true, true, true, false, false, false, false, false]>
// CHECK: vector.maskedload %[[X]][%[[TAIL]]], %[[MASK]]
// CHECK: vector.maskedload %[[Y]][%[[TAIL]]], %[[MASK]]
// CHECK: vector.maskedstore %[[OUT]][%[[TAIL]]], %[[MASK]]
func.func private @pointwise(%x: tensor<19xf32>, %y: tensor<19xf32>) -> tensor<19xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 19 : i64} {
  %0 = mlc.mul %x, %y : tensor<19xf32>
  return %0 : tensor<19xf32>
}

// CHECK-LABEL: func private @softmax
// CHECK-SAME: (%[[X:[^:]*]]: memref<64xf32>, %[[OUT:[^:]*]]: memref<64xf32>,
// CHECK-SAME: mlc.tiles = 4 : i64
// A row is in registers: loaded once, and its exponentials computed once.
// CHECK-COUNT-2: vector.load %[[X]]
// CHECK-NOT: vector.load
// CHECK: arith.maximumf
// CHECK-COUNT-3: vector.shuffle
// CHECK: vector.extract
// CHECK-COUNT-2: math.exp
// CHECK-NOT: math.exp
// CHECK-COUNT-3: vector.shuffle
// CHECK: %[[SUM:.*]] = vector.extract
// CHECK: vector.broadcast %[[SUM]]
// CHECK-COUNT-2: vector.store %{{.*}}, %[[OUT]]
// CHECK-NOT: vector.store
func.func private @softmax(%x: tensor<4x16xf32>) -> tensor<4x16xf32>
    attributes {mlc.kernel = #mlc<fusion_kind row>, mlc.work = 320 : i64} {
  %max = mlc.reduce max %x dims [1] : tensor<4x16xf32> -> tensor<4xf32>
  %0 = mlc.broadcast %max dims [0] : tensor<4xf32> -> tensor<4x16xf32>
  %1 = mlc.sub %x, %0 : tensor<4x16xf32>
  %2 = mlc.exp %1 : tensor<4x16xf32>
  %sum = mlc.reduce add %2 dims [1] : tensor<4x16xf32> -> tensor<4xf32>
  %3 = mlc.broadcast %sum dims [0] : tensor<4xf32> -> tensor<4x16xf32>
  %4 = mlc.div %2, %3 : tensor<4x16xf32>
  return %4 : tensor<4x16xf32>
}

// CHECK-LABEL: func private @column_sum
// CHECK-SAME: (%[[X:[^:]*]]: memref<48xf32>, %[[OUT:[^:]*]]: memref<8xf32>,
// CHECK: %[[ROWS:.*]] = arith.constant 6 : index
// CHECK: %[[SUM:.*]] = scf.for %{{.*}} = %{{.*}} to %[[ROWS]] {{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<8xf32>)
// CHECK: %[[V:.*]] = vector.load %[[X]]
// CHECK: %[[NEXT:.*]] = arith.addf %[[ACC]], %[[V]]
// CHECK: scf.yield %[[NEXT]]
// CHECK: vector.store %[[SUM]], %[[OUT]]
func.func private @column_sum(%x: tensor<6x8xf32>) -> tensor<8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind column>, mlc.work = 48 : i64} {
  %0 = mlc.reduce add %x dims [0] : tensor<6x8xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func private @product
// CHECK-SAME: (%[[X:[^:]*]]: memref<128xf32>, %[[W:[^:]*]]: memref<512xf32>, %[[B:[^:]*]]: memref<16xf32>, %[[OUT:[^:]*]]: memref<64xf32>,
// CHECK-SAME: mlc.scratch = 0
// CHECK: %[[ACC:.*]]:10 = scf.for {{.*}} iter_args(%[[C0:[^ ]*]] = {{.*}}, %[[A_AT:[^ ]*]] = %{{[^ ]*}}, %[[B_AT:[^ ]*]] = %{{[^ ]*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, index, index)
// CHECK: vector.load %[[W]][%[[B_AT]]]
// CHECK: vector.load %[[W]]
// CHECK: %[[A:.*]] = memref.load %[[X]][%[[A_AT]]]
// CHECK: %[[ALL:.*]] = vector.broadcast %[[A]] : f32 to vector<8xf32>
// CHECK: %[[P:.*]] = arith.mulf %[[ALL]], %{{.*}} fastmath<contract>
// CHECK: arith.addf %[[P]], %[[C0]] fastmath<contract>
// CHECK-COUNT-3: memref.load %[[X]]
// CHECK: %[[A_NEXT:.*]] = arith.addi %[[A_AT]], %c1
// CHECK: %[[B_NEXT:.*]] = arith.addi %[[B_AT]], %c16
// CHECK: scf.yield {{.*}}, %[[A_NEXT]], %[[B_NEXT]] :
// CHECK: %[[V:.*]] = vector.load %[[B]]
// CHECK: %[[R:.*]] = arith.addf %[[ACC]]#0, %[[V]]
// CHECK: vector.store %[[R]], %[[OUT]]
func.func private @product(%x: tensor<4x32xf32>, %w: tensor<32x16xf32>, %b: tensor<16xf32>) -> tensor<4x16xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 4160 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4x32xf32>, tensor<32x16xf32> -> tensor<4x16xf32>
  %1 = mlc.broadcast %b dims [1] : tensor<16xf32> -> tensor<4x16xf32>
  %2 = mlc.add %0, %1 : tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}

// CHECK-LABEL: func private @transposed
// CHECK-SAME: (%[[X:[^:]*]]: memref<128xf32>, %[[W:[^:]*]]: memref<512xf32>, %{{.*}}: memref<64xf32>, %[[SCRATCH:[^:]*]]: memref<[[SIZE:[0-9]+]]xf32>, %{{.*}}: index, %{{.*}}: index, %[[WORKER:[^:]*]]: index)
// CHECK-SAME: mlc.scratch = [[SIZE]] : i64
// CHECK: %[[EACH:.*]] = arith.constant [[SIZE]] : index
// CHECK: arith.muli %[[WORKER]], %[[EACH]]
// CHECK-COUNT-8: vector.load %[[W]]
// CHECK-COUNT-24: vector.shuffle
// CHECK-COUNT-8: vector.store %{{.*}}, %[[SCRATCH]]
// CHECK: scf.for {{.*}} iter_args(
// CHECK-COUNT-2: vector.load %[[SCRATCH]]
// CHECK-NOT: vector.load
// CHECK: memref.load %[[X]]
func.func private @transposed(%x: tensor<4x32xf32>, %w: tensor<16x32xf32>) -> tensor<4x16xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 4096 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [1] : tensor<4x32xf32>, tensor<16x32xf32> -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// A row is loaded as a vector, from where its id points.
// CHECK-LABEL: func private @gather
// CHECK-SAME: (%[[T:[^:]*]]: memref<72xf32>, %[[I:[^:]*]]: memref<3xi32>, %[[OUT:[^:]*]]: memref<24xf32>,
// CHECK: %[[ID:.*]] = memref.load %[[I]]
// CHECK: %[[ROW:.*]] = arith.index_cast %[[ID]] : i32 to index
// CHECK: %[[AT:.*]] = arith.muli %[[ROW]],
// CHECK: %[[V:.*]] = vector.load %[[T]]
// CHECK: vector.store %[[V]], %[[OUT]]
func.func private @gather(%t: tensor<9x8xf32>, %i: tensor<3xi32>) -> tensor<3x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 0 : i64} {
  %0 = mlc.gather %t, %i : tensor<9x8xf32>, tensor<3xi32> -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}

// Each lane has a row of its own.
// CHECK-LABEL: func private @gather_of_numbers
// CHECK: %[[IDS:.*]] = vector.load %{{.*}} : memref<8xi32>, vector<8xi32>
// CHECK: %[[AT:.*]] = arith.index_cast %[[IDS]] : vector<8xi32> to vector<8xindex>
// CHECK: vector.gather %{{.*}} [%[[AT]]]
func.func private @gather_of_numbers(%t: tensor<9xf32>, %i: tensor<8xi32>) -> tensor<8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 0 : i64} {
  %0 = mlc.gather %t, %i : tensor<9xf32>, tensor<8xi32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// On four threads, each tile has three of the rows, whose one vector can't be
// divided.
// THREADS-LABEL: func private @scatter
// THREADS-SAME: mlc.tiles = 3 : i64
// THREADS: %[[HEIGHT:.*]] = arith.constant 3 : index
// THREADS: memref.load
// THREADS: %[[OFFSET:.*]] = arith.subi
// THREADS: %[[OWN:.*]] = arith.cmpi ult, %[[OFFSET]],
// THREADS: scf.if %[[OWN]]
// THREADS: arith.addf

// The result may take the table's place: then nothing is copied. What is added
// is computed on the way.
// CHECK-LABEL: func private @scatter
// CHECK-SAME: (%[[T:[^:]*]]: memref<72xf32>, %[[I:[^:]*]]: memref<3xi32>, %[[U:[^:]*]]: memref<24xf32>, %[[OUT:[^:]*]]: memref<72xf32>,
// CHECK-SAME: mlc.shares = {{\[\[}}0, 0]], mlc.tiles = 1 : i64
// CHECK: %[[FROM:.*]] = memref.extract_aligned_pointer_as_index %[[T]]
// CHECK: %[[TO:.*]] = memref.extract_aligned_pointer_as_index %[[OUT]]
// CHECK: %[[COPY:.*]] = arith.cmpi ne, %[[FROM]], %[[TO]]
// CHECK: scf.if %[[COPY]]
// CHECK: scf.for
// CHECK: memref.load %[[I]]
// CHECK: %[[P:.*]] = arith.mulf
// CHECK: %[[OLD:.*]] = vector.load %[[OUT]]
// CHECK: %[[NEW:.*]] = arith.addf %[[OLD]], %[[P]]
// CHECK: vector.store %[[NEW]], %[[OUT]]
func.func private @scatter(%t: tensor<9x8xf32>, %i: tensor<3xi32>, %u: tensor<3x8xf32>) -> tensor<9x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind scatter>, mlc.work = 24 : i64} {
  %0 = mlc.mul %u, %u : tensor<3x8xf32>
  %1 = mlc.scatter_add %t, %i, %0 : tensor<9x8xf32>, tensor<3xi32>, tensor<3x8xf32>
  return %1 : tensor<9x8xf32>
}

// Zeros are stored; no table of them is in memory.
// CHECK-LABEL: func private @scatter_into_zeros
// CHECK-SAME: mlc.shares = []
// CHECK-NOT: get_global
// CHECK: %[[ZEROS:.*]] = vector.broadcast
// CHECK: vector.store %[[ZEROS]]
// CHECK: return
func.func private @scatter_into_zeros(%i: tensor<3xi32>, %u: tensor<3x8xf32>) -> tensor<9x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind scatter>, mlc.work = 24 : i64} {
  %t = mlc.constant dense<0.0> : tensor<9x8xf32>
  %0 = mlc.scatter_add %t, %i, %u : tensor<9x8xf32>, tensor<3xi32>, tensor<3x8xf32>
  return %0 : tensor<9x8xf32>
}

// What takes many steps of each sum has the registers to itself, four rows at a
// time: the tile's sums wait in scratch memory. Rows are woven into each other,
// lest each step has to wait for the last one.
// CHECK-LABEL: func private @long_epilogue
// CHECK-SAME: %[[OUT:[^:]*]]: memref<32xf32>, %[[SCRATCH:[^:]*]]: memref<{{[0-9]+}}xf32>
// CHECK: %[[SUMS:.*]]:6 = scf.for
// CHECK: vector.store %[[SUMS]]#3, %[[SCRATCH]]
// CHECK: scf.for
// CHECK: vector.load %[[SCRATCH]]
// CHECK: vector.load %[[SCRATCH]]
// CHECK: vector.load %[[SCRATCH]]
// CHECK: vector.load %[[SCRATCH]]
// CHECK: arith.mulf
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.mulf
// CHECK-COUNT-4: arith.divf
// CHECK: vector.store %{{.*}}, %[[OUT]]
// CHECK-NEXT: vector.store %{{.*}}, %[[OUT]]
// CHECK-NEXT: vector.store %{{.*}}, %[[OUT]]
// CHECK-NEXT: vector.store %{{.*}}, %[[OUT]]
// CHECK-NEXT: }
func.func private @long_epilogue(%x: tensor<4x32xf32>, %w: tensor<32x8xf32>) -> tensor<4x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 1024 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4x32xf32>, tensor<32x8xf32> -> tensor<4x8xf32>
  %1 = mlc.tanh %0 : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// Rows of B are as far apart as those that the caches mistake for one another:
// they are packed. A thread packs its first panel at once; then each piece of a
// tile packs a row of the next one, and asks for one that has its turn later.
// CHECK-LABEL: func private @packed
// CHECK-SAME: (%{{[^:]*}}: memref<2560xf32>, %[[W:[^:]*]]: memref<81920xf32>, %{{[^:]*}}: memref<131072xf32>, %[[SCRATCH:[^:]*]]: memref<1920xf32>
// CHECK: scf.if
// CHECK: scf.if
// CHECK: %[[V:.*]] = vector.load %[[W]]
// CHECK: memref.prefetch %[[W]]
// CHECK: vector.store %[[V]], %[[SCRATCH]]
// CHECK: scf.for {{.*}} iter_args
// CHECK: scf.if
// CHECK: %[[NEXT:.*]] = vector.load %[[W]]
// CHECK: memref.prefetch %[[W]]
// CHECK: vector.store %[[NEXT]], %[[SCRATCH]]
// CHECK: scf.for {{.*}} iter_args
// CHECK-NOT: vector.load %[[W]]
// CHECK: vector.load %[[SCRATCH]]
// CHECK: return
func.func private @packed(%x: tensor<64x40xf32>, %w: tensor<40x2048xf32>) -> tensor<64x2048xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 8388608 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<64x40xf32>, tensor<40x2048xf32> -> tensor<64x2048xf32>
  return %0 : tensor<64x2048xf32>
}

// So is a block that is transposed: as many rows as a vector has lanes.
// CHECK-LABEL: func private @packed_transposed
// CHECK-SAME: (%{{[^:]*}}: memref<1024xf32>, %[[W:[^:]*]]: memref<6144xf32>, %{{[^:]*}}: memref<24576xf32>, %[[SCRATCH:[^:]*]]: memref<768xf32>
// CHECK: scf.if
// CHECK-COUNT-8: vector.load %[[W]]
// CHECK-COUNT-8: vector.store %{{.*}}, %[[SCRATCH]]
// CHECK: scf.for {{.*}} iter_args
// CHECK: scf.if
// CHECK-COUNT-8: vector.load %[[W]]
// CHECK-COUNT-8: vector.store %{{.*}}, %[[SCRATCH]]
// CHECK-COUNT-8: memref.prefetch %[[W]]
// CHECK: scf.for {{.*}} iter_args
// CHECK-NOT: vector.load %[[W]]
// CHECK: vector.load %[[SCRATCH]]
// CHECK: return
func.func private @packed_transposed(%x: tensor<64x16xf32>, %w: tensor<384x16xf32>) -> tensor<64x384xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 8388608 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [1] : tensor<64x16xf32>, tensor<384x16xf32> -> tensor<64x384xf32>
  return %0 : tensor<64x384xf32>
}

// While the first panel is multiplied, each block of rows fetches what the next
// one reads of A: later panels find that in cache.
// CHECK-LABEL: func private @first_panel
// CHECK-SAME: (%[[X:[^:]*]]: memref<524288xf32>
// CHECK: scf.for
// CHECK: %[[FIRST:.*]] = arith.ori
// CHECK: scf.if %[[FIRST]]
// CHECK: memref.prefetch %[[X]]
// CHECK: scf.for
func.func private @first_panel(%x: tensor<4096x128xf32>, %w: tensor<128x64xf32>) -> tensor<4096x64xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 67108864 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4096x128xf32>, tensor<128x64xf32> -> tensor<4096x64xf32>
  return %0 : tensor<4096x64xf32>
}
