//! Published liquidation rules of other protocols, exact to the unit.
