using System.Text;

namespace Polydev.McpTunnel.Tests.Setup;

/// <summary>Files as each editor's users have them: written by the program, by hand, and by other installers.</summary>
internal static class EditorFiles
{
    private static readonly (string Editor, string Text)[] Texts =
    [
        // As Claude Code writes it: no last line end, other state around the servers.
        ("claude-code",
            """
            {
              "numStartups": 41,
              "tipsHistory": { "new-user-warmup": 1 },
              "mcpServers": {
                "github": {
                  "type": "http",
                  "url": "https://api.example/mcp/",
                  "headers": { "Authorization": "Bearer ghp_0123456789" }
                }
              },
              "projects": {
                "/home/u/x": { "mcpServers": { "polydev-like": {} }, "history": [ { "display": "é 😀 \"q\" // not a comment" } ] }
              },
              "userID": "ab\u0065"
            }
            """),
        ("claude-code", """{"numStartups":1,"projects":{}}"""),
        ("cursor", "{\n\t\"mcpServers\": {\n\t\t\"fs\": { \"command\": \"npx\", \"args\": [\"-y\", \"server\"] }\n\t}\n}\n"),
        ("cursor", "{\n  \"mcpServers\": {}\n}"),
        ("cline",
            """
            {
              "mcpServers": {
                "weather" : {
                  "command" : "node",
                  "args" : [ "/x/index.js" ],
                  "disabled" : false,
                  "autoApprove" : []
                }
              }
            }

            """),
        ("vscode",
            """
            // My servers
            {
            	"inputs": [
            		{ "type": "promptString", "id": "key", "description": "Key", "password": true }, // asked once
            	],
            	"servers": {
            		/* local */
            		"memory": {
            			"command": "npx",
            			"args": ["-y", "@modelcontextprotocol/server-memory"],
            			"env": { "KEY": "${input:key}" },
            		}, // last
            	},
            }
            """),
        ("vscode", "{\n  \"servers\": {\n    // none yet\n  },\n  \"inputs\": []\n}\n"),
        ("windsurf", "{\n    \"mcpServers\": {\n        \"gh\": {\"command\": \"docker\", \"args\": [\"run\",\"-i\"]}}}\n"),
        ("windsurf", ""),
        ("zed",
            """
            // Zed settings
            //
            // For information on how to configure Zed, see its documentation.
            {
              "theme": { "mode": "system", "light": "One Light" },
              "vim_mode": true, /* yes */
              "context_servers": {
                "local": {
                  "command": "some-command",
                  "args": ["arg-1", "arg-2"],
                  "env": {},
                },
                // "off": { "command": "x" },
              },
              "languages": { "C#": { "tab_size": 4, }, },
            }

            """),
        ("zed", "{\n  \"ui_font_size\": 16 // big\n  // the end\n}\n"),
        ("codex",
            """
            # Codex
            model = "gpt-5.3-codex"   # the best
            notify = [
              "python3", # [mcp_servers.polydev]
            ]

            [mcp_servers.docs]
            command = 'npx'
            args = ["-y", "docs"]
            [mcp_servers.docs.env]
            "KEY" = "sk-0123456789"

            [projects."/home/u/é"]
            trust_level = "trusted"


            """),
        ("codex", "model = 'o3'"),
        ("gemini",
            """
            {
                // who I am
                "security": { "auth": { "selectedType": "gemini-api-key" } },
                "mcpServers": { "a": { "httpUrl": "https://a.example/mcp", "trust": true } },
                "ui": {"theme": "Default"}
            }
            """),
        ("gemini", "{}\n"),
    ];

    /// <summary>Each with LF and CRLF, with and without a BOM.</summary>
    public static IEnumerable<TestCaseData> All =>
        from one in Texts.Select((file, index) => (file.Editor, file.Text, Number: index))
        from end in new[] { "LF", "CRLF" }
        from mark in new[] { "", " BOM" }
        select new TestCaseData(one.Editor, Bytes(one.Text, end == "CRLF", mark.Length > 0))
            .SetArgDisplayNames($"{one.Number} {one.Editor} {end}{mark}");

    private static byte[] Bytes(string text, bool isCrLf, bool isMarked) =>
    [
        .. isMarked ? Encoding.UTF8.Preamble : [],
        .. Encoding.UTF8.GetBytes(text.ReplaceLineEndings(isCrLf ? "\r\n" : "\n")),
    ];
}
