import { pipeline } from "t5gemma2";

const element = (id) => document.getElementById(id);
const { form, file, picture, question, ask, answer, status } = Object.fromEntries(
  ["form", "file", "picture", "question", "ask", "answer", "status"].map((id) => [id, element(id)]),
);

/** The picture as a Blob: the chosen file, or the sample that the page shows. */
async function currentPicture() {
  return file.files[0] ?? (await (await fetch(picture.src)).blob());
}

file.addEventListener("change", () => {
  picture.src = URL.createObjectURL(file.files[0]);
});

try {
  const reader = await pipeline("image-text-to-text", "builtin:reader");
  status.textContent = `Ready on ${reader.device}`;
  ask.disabled = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    ask.disabled = true;
    answer.textContent = "";
    try {
      const content = [
        { type: "image", image: await currentPicture() },
        { type: "text", text: question.value },
      ];
      for await (const { text } of reader.stream([{ role: "user", content }], { maxNewTokens: 64 })) answer.append(text);
      status.textContent = `Done on ${reader.device}`;
    } catch (error) {
      status.textContent = error.message;
    } finally {
      ask.disabled = false;
    }
  });
} catch (error) {
  status.textContent = error.message;
}
