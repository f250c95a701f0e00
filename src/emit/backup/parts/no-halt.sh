resume() { :; }
