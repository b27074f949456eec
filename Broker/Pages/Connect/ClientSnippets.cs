namespace Polydev.Broker.Pages.Connect;

/// <summary>
/// What each client is told, from its own documentation and from what it was seen to send (docs/wire.md). The three SDKs put a version of
/// their own behind the base URL, and the broker answers below each.
/// </summary>
internal static class ClientSnippets
{
    public static IReadOnlyList<Snippet> OpenAi { get; } =
    [
        new("Python", """
            from openai import OpenAI

            client = OpenAI(
                base_url="«api»",
                api_key="«key»",
            )
            answer = client.chat.completions.create(
                model="«model»",
                messages=[{"role": "user", "content": "Hello!"}],
            )
            print(answer.choices[0].message.content)
            """),
        new("JavaScript", """
            import OpenAI from 'openai';

            const client = new OpenAI({
              baseURL: '«api»',
              apiKey: '«key»',
            });
            const answer = await client.chat.completions.create({
              model: '«model»',
              messages: [{ role: 'user', content: 'Hello!' }],
            });
            console.log(answer.choices[0].message.content);
            """),
        new("curl", """
            curl «api»/chat/completions \
              -H "Authorization: Bearer «key»" \
              -H "Content-Type: application/json" \
              -d '{"model": "«model»", "messages": [{"role": "user", "content": "Hello!"}]}'
            """),
    ];

    public static IReadOnlyList<Snippet> Anthropic { get; } =
    [
        new("Python", """
            import anthropic

            client = anthropic.Anthropic(
                base_url="«api»",
                api_key="«key»",
            )
            answer = client.messages.create(
                model="«model»",
                max_tokens=4096,
                messages=[{"role": "user", "content": "Hello!"}],
            )
            print(answer.content[0].text)
            """),
        new("JavaScript", """
            import Anthropic from '@anthropic-ai/sdk';

            const client = new Anthropic({
              baseURL: '«api»',
              apiKey: '«key»',
            });
            const answer = await client.messages.create({
              model: '«model»',
              max_tokens: 4096,
              messages: [{ role: 'user', content: 'Hello!' }],
            });
            console.log(answer.content[0].text);
            """),
        new("curl", """
            curl «api»/messages \
              -H "x-api-key: «key»" \
              -H "anthropic-version: 2023-06-01" \
              -H "Content-Type: application/json" \
              -d '{"model": "«model»", "max_tokens": 4096, "messages": [{"role": "user", "content": "Hello!"}]}'
            """),
    ];

    public static IReadOnlyList<Snippet> Google { get; } =
    [
        new("Python", """
            from google import genai

            client = genai.Client(
                api_key="«key»",
                http_options={"base_url": "«api»"},
            )
            answer = client.models.generate_content(
                model="«model»",
                contents="Hello!",
            )
            print(answer.text)
            """),
        new("JavaScript", """
            import { GoogleGenAI } from '@google/genai';

            const client = new GoogleGenAI({
              apiKey: '«key»',
              httpOptions: { baseUrl: '«api»' },
            });
            const answer = await client.models.generateContent({
              model: '«model»',
              contents: 'Hello!',
            });
            console.log(answer.text);
            """),
        new("curl", """
            curl «api»/google/generate \
              -H "x-goog-api-key: «key»" \
              -H "Content-Type: application/json" \
              -d '{"model": "«model»", "contents": [{"parts": [{"text": "Hello!"}]}]}'
            """),
    ];

    public static IReadOnlyList<Snippet> Cursor { get; } =
    [
        new("Cursor settings", """
            Override OpenAI Base URL   «api»
            OpenAI API Key             «key»
            Custom model               «model»
            """),
    ];

    public static IReadOnlyList<Snippet> Cline { get; } =
    [
        new("Cline settings", """
            API Provider   OpenAI Compatible
            Base URL       «api»
            API Key        «key»
            Model ID       «model»
            """),
    ];

    public static IReadOnlyList<Snippet> Continue { get; } =
    [
        new("config.yaml", """
            name: Polydev
            version: 0.0.1
            schema: v1
            models:
              - name: «model» (Polydev)
                provider: openai
                model: «model»
                apiBase: «api»
                apiKey: «key»
                roles: [chat, edit, apply]
            """),
        new("config.json (older)", """
            {
              "models": [{
                "provider": "openai",
                "title": "«model» (Polydev)",
                "model": "«model»",
                "apiBase": "«api»",
                "apiKey": "«key»"
              }]
            }
            """),
    ];

    public static IReadOnlyList<Snippet> Zed { get; } =
    [
        new("settings.json", """
            {
              "language_models": {
                "openai_compatible": {
                  "Polydev": {
                    "api_url": "«api»",
                    "available_models": [
                      { "name": "«model»", "max_tokens": 200000, "capabilities": { "tools": false, "images": true } }
                    ]
                  }
                }
              }
            }
            """),
    ];

    public static IReadOnlyList<Snippet> ClaudeCode { get; } =
    [
        new("Terminal", """
            export ANTHROPIC_BASE_URL=«host»/api
            export ANTHROPIC_AUTH_TOKEN=«key»
            claude --model «model»
            """),
    ];

    public static IReadOnlyList<Snippet> Codex { get; } =
    [
        new("~/.codex/config.toml", """
            [model_providers.polydev]
            name = "Polydev"
            base_url = "«api»"
            env_key = "POLYDEV_API_KEY"
            wire_api = "responses"
            """),
        new("Terminal", """
            export POLYDEV_API_KEY=«key»
            codex -c model_provider=polydev -m «model»
            """),
    ];

    public static IReadOnlyList<Snippet> Machine { get; } =
    [
        new("Terminal", """
            # shows a code to approve here
            polydev-mcp login «host»
            # adds the MCP server to every editor that it finds; or name one: setup cursor
            polydev-mcp setup
            # checks all that a call needs, and says what to do
            polydev-mcp doctor
            """),
    ];
}
