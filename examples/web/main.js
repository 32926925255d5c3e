const [form, file, picture, question, ask, answer, status] = ["form", "file", "picture", "question", "ask", "answer", "status"].map((id) =>
  document.getElementById(id),
);

/** The picture as a Blob: the chosen file, or the sample that the page shows. */
async function currentPicture() {
  return file.files[0] ?? (await (await fetch(picture.src)).blob());
}

file.addEventListener("change", () => {
  picture.src = URL.createObjectURL(file.files[0]);
});

try {
  // Imported here, so that a model that does not load is reported like any other trouble.
  const { device, read } = await import("./read.js");
  status.textContent = `Ready on ${device}`;
  ask.disabled = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    ask.disabled = true;
    answer.textContent = "";
    try {
      await read(await currentPicture(), question.value, (text) => answer.append(text));
      status.textContent = `Done on ${device}`;
    } catch (error) {
      status.textContent = error.message;
    } finally {
      ask.disabled = false;
    }
  });
} catch (error) {
  status.textContent = error.message;
}
