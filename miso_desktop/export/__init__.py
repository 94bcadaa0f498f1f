"""Make bundles of released checkpoints. Needs the extra ``[export]``; nothing imports it."""
