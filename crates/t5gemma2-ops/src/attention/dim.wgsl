const D: u32 = {{ D }}u;
