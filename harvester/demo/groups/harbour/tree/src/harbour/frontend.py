"""A page that a skipper can use with cold fingers."""

import os

import requests
import streamlit as st

BACKEND = os.getenv("HARBOUR_API", "http://localhost:8000")
SPECIES = ["cod", "plaice", "sole", "turbot", "haddock"]


def main() -> None:
    """Ask for a lot, show the price."""
    st.title("What will it fetch tomorrow?")
    lot = {
        "species": SPECIES.index(st.selectbox("Species", SPECIES)),
        "size_class": st.slider("Size class", 0, 5, 2),
        "weight_kg": st.number_input("Kilos", 1.0, 20000.0, 300.0),
        "wind_ms": st.slider("Wind, m/s", 0.0, 30.0, 6.0),
        "weekday": st.slider("Weekday", 0, 6, 1),
        "yesterday": st.number_input("Yesterday's price", 1.0, 400.0, 30.0),
    }
    if st.button("Ask"):
        answer = requests.post(f"{BACKEND}/predict", json=lot, timeout=10)
        answer.raise_for_status()
        st.metric("Expected price", f"{answer.json()['price']:.2f} kr/kg")


if __name__ == "__main__":
    main()
