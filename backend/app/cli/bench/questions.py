"""What the `voice` bench asks: short questions, ten in each language."""

QUESTIONS = {
    "en": (
        "What is the capital of France?",
        "How many days are in a week?",
        "Which planet is closest to the sun?",
        "What color do you get from blue and yellow?",
        "Who wrote Romeo and Juliet?",
        "How many legs does a spider have?",
        "What is the largest ocean on Earth?",
        "At what temperature does water boil?",
        "Which animal is called man's best friend?",
        "What do bees make?",
    ),
    "ja": (
        "日本で一番高い山は何ですか。",
        "一週間は何日ですか。",
        "日本の首都はどこですか。",
        "太陽に一番近い惑星は何ですか。",
        "青と黄色を混ぜると何色になりますか。",
        "一年は何か月ありますか。",
        "世界で一番大きい海は何ですか。",
        "水は何度で沸騰しますか。",
        "桜はどの季節に咲きますか。",
        "蜂は何を作りますか。",
    ),
}
INSTRUCTIONS = {"en": "Answer in one short sentence.", "ja": "一つの短い文で、日本語で答えてください。"}
