using System.Buffers.Text;
using System.Text.Json;

namespace Polydev.TestKit;

/// <summary>An auth.json as Codex writes it after a login with ChatGPT, with tokens that nobody has signed.</summary>
public static class ChatGptLogin
{
    public const string Account = "account-1";

    public static string AccessToken { get; } = Unsigned();

    public static string Json() => $$"""
        {"auth_mode":"chatgpt","OPENAI_API_KEY":null,"last_refresh":"{{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}}",
         "tokens":{"id_token":"{{AccessToken}}","access_token":"{{AccessToken}}","refresh_token":"r","account_id":"{{Account}}"} }
        """;

    private static string Unsigned()
    {
        var claims = $$"""
            {"email":"user@example.com","exp":{{TimeProvider.System.GetUtcNow().AddDays(30).ToUnixTimeSeconds()}},
             "https://api.openai.com/auth":{"chatgpt_plan_type":"plus","chatgpt_user_id":"user-1","chatgpt_account_id":"{{Account}}"} }
            """;
        var header = Encode("""{"alg":"none","typ":"JWT"}"""u8);
        return $"{header}.{Encode(JsonSerializer.SerializeToUtf8Bytes(JsonElement.Parse(claims)))}.c2ln";
    }

    private static string Encode(ReadOnlySpan<byte> text) => Base64Url.EncodeToString(text);
}
