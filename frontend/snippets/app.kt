import java.net.HttpURLConnection
import java.net.URL

fun call(path: String, body: String? = null): String {
    val request = URL("https://outcry.example/api/v1/services/whatsapp$path").openConnection() as HttpURLConnection
    if (body != null) {
        request.doOutput = true // makes it a POST
        request.setRequestProperty("Content-Type", "application/json")
        request.outputStream.use { it.write(body.toByteArray()) }
    }
    return request.inputStream.bufferedReader().use { it.readText() }
}

fun main() {
    call("/reports", """{"symptom":"messaging","country":"BD"}""")
    println(call(""))
    println(call("/countries?window=15m"))
}
