;; A contract for testing the chain, not the language: the first byte of the input says what to do.
;;   0 echo the input        1 revert             2 trap               3 loop until gas is out
;;   4 store [1..33) := [33..)                    5 read [1..33), revert if there is nothing
;;   6 emit the input after byte 33 with topic [1..33)
;;   7 call itself with depth [1] - 1, stop at 0  8 the block's timestamp
;; Anything else reverts with output 01 01, as ink! does for an unknown selector.
(module
  (import "seal0" "seal_input" (func $input (param i32 i32)))
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
  (import "seal2" "set_storage" (func $set (param i32 i32 i32 i32) (result i32)))
  (import "seal1" "get_storage" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "seal0" "seal_deposit_event" (func $event (param i32 i32 i32 i32)))
  (import "seal0" "seal_address" (func $address (param i32 i32)))
  (import "seal0" "seal_now" (func $now (param i32 i32)))
  (import "seal1" "seal_call"
    (func $call (param i32 i32 i64 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "memory" (memory 1 1))

  ;; 0..4 length of the input, 16.. input, 8192.. scratch; 4096..4112 is a value of zero
  (func $length (result i32) (i32.load (i32.const 0)))
  (func $out_length (param i32) (i32.store (i32.const 8) (local.get 0)))

  (func $act (local $op i32)
    (i32.store (i32.const 0) (i32.const 4000))
    (call $input (i32.const 16) (i32.const 0))
    (local.set $op (i32.load8_u (i32.const 16)))
    (if (i32.eq (local.get $op) (i32.const 0))
      (then (call $return (i32.const 0) (i32.const 16) (call $length))))
    (if (i32.eq (local.get $op) (i32.const 1))
      (then (call $return (i32.const 1) (i32.const 16) (call $length))))
    (if (i32.eq (local.get $op) (i32.const 2)) (then (unreachable)))
    (if (i32.eq (local.get $op) (i32.const 3))
      (then
        ;; the pallet charges for a pure loop only when it calls the host, so call it
        (loop $spin
          (drop (call $set (i32.const 17) (i32.const 32) (i32.const 49) (i32.const 8)))
          (br $spin))))
    (if (i32.eq (local.get $op) (i32.const 4))
      (then
        (drop (call $set (i32.const 17) (i32.const 32)
          (i32.const 49) (i32.sub (call $length) (i32.const 33))))
        (call $return (i32.const 0) (i32.const 0) (i32.const 0))))
    (if (i32.eq (local.get $op) (i32.const 5))
      (then
        (call $out_length (i32.const 1024))
        (if (call $get (i32.const 17) (i32.const 32) (i32.const 8192) (i32.const 8))
          (then (call $return (i32.const 1) (i32.const 0) (i32.const 0))))
        (call $return (i32.const 0) (i32.const 8192) (i32.load (i32.const 8)))))
    (if (i32.eq (local.get $op) (i32.const 6))
      (then
        ;; topics are a SCALE vector: one item has the length byte 4, put where the opcode was
        (i32.store8 (i32.const 16) (i32.const 4))
        (call $event (i32.const 16) (i32.const 33)
          (i32.const 49) (i32.sub (call $length) (i32.const 33)))
        (call $return (i32.const 0) (i32.const 0) (i32.const 0))))
    (if (i32.eq (local.get $op) (i32.const 7))
      (then
        (if (i32.load8_u (i32.const 17))
          (then
            (i32.store8 (i32.const 17)
              (i32.sub (i32.load8_u (i32.const 17)) (i32.const 1)))
            (call $out_length (i32.const 32))
            (call $address (i32.const 8192) (i32.const 8))
            (call $out_length (i32.const 32))
            ;; 8 allows calling back; gas 0 passes on all there is
            (if (call $call (i32.const 8) (i32.const 8192) (i64.const 0) (i32.const 4096)
                  (i32.const 16) (i32.const 2) (i32.const 8192) (i32.const 8))
              (then (unreachable)))))
        (call $return (i32.const 0) (i32.const 16) (i32.const 2))))
    (if (i32.eq (local.get $op) (i32.const 8))
      (then
        (call $out_length (i32.const 8))
        (call $now (i32.const 8192) (i32.const 8))
        (call $return (i32.const 0) (i32.const 8192) (i32.const 8))))
    (i32.store (i32.const 8192) (i32.const 0x0101))
    (call $return (i32.const 1) (i32.const 8192) (i32.const 2)))

  ;; Without input the constructor does nothing; with input it does what a call does.
  (func (export "deploy")
    (i32.store (i32.const 0) (i32.const 4000))
    (call $input (i32.const 16) (i32.const 0))
    (if (call $length) (then (call $act))))
  (func (export "call") (call $act)))
