import Foundation

func call(_ path: String, _ body: String? = nil) async throws -> String {
    var request = URLRequest(url: URL(string: "https://outcry.example/api/v1/services/whatsapp" + path)!)
    if let body {
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(body.utf8)
    }
    let (data, _) = try await URLSession.shared.data(for: request)
    return String(decoding: data, as: UTF8.self)
}

_ = try await call("/reports", #"{"symptom":"messaging","country":"BD"}"#)
print(try await call(""))
print(try await call("/countries?window=15m"))
