from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def root():
    return {"message": "Hello World"}


@app.post("/predict")
def predict():
    # TODO: load the model
    pass
