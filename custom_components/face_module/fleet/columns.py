"""The columns of a table of people, as they are called around the world."""

from collections.abc import Sequence
from typing import Final
import unicodedata

# What is before another is meant rather, if a table has both.
_CALLED: Final = {
    "name": (
        "name full_name person_name employee_name student_name user_name display_name "
        "姓名 人员姓名 员工姓名 学生姓名 用户姓名 名字 名称 用户名 用户名称 人員姓名 "
        "員工姓名 學生姓名 使用者名稱 名稱 氏名 お名前 名前 社員名 ユーザー名 利用者名 "
        "이름 성명 성함 사용자이름 사용자명 vollständiger_name mitarbeiter nom_complet "
        "nom_et_prénom prénom_et_nom nom nombre_completo nombre_y_apellidos "
        "apellidos_y_nombre nombre nome_completo nome_e_cognome cognome_e_nome "
        "nominativo nome volledige_naam naam fullständigt_namn namn fulde_navn "
        "fullt_navn navn koko_nimi nimi imię_i_nazwisko nazwisko_i_imię nazwa "
        "jméno_a_příjmení jméno meno_a_priezvisko meno ime_i_prezime ime_in_priimek ime "
        "teljes_név név nume_complet nume_și_prenume nume emri täisnimi pilnas_vardas "
        "vardas vārds_uzvārds vārds фио имя_фамилия фамилия_имя полное_имя имя піб "
        "повне_імя імя име ονοματεπώνυμο όνομα ad_soyad adı_soyadı isim ad الاسم_الكامل "
        "الاسم اسم שם_מלא שם نام_کامل نام ชื่อ_นามสกุล ชื่อ họ_và_tên họ_tên tên "
        "nama_lengkap nama नाम"
    ),
    "first_name": (
        "first_name given_name forename vorname prénom primer_nombre nombres voornaam "
        "förnamn fornavn etunimi imię křestní_jméno keresztnév utónév prenume 名"
    ),
    "last_name": (
        "last_name surname family_name nachname familienname zuname nom_de_famille "
        "apellidos apellido cognome sobrenome achternaam efternamn efternavn etternavn "
        "sukunimi nazwisko příjmení priezvisko prezime vezetéknév фамилия прізвище "
        "επώνυμο soyad soyadı 姓"
    ),
    "user_id": (
        "user_id userid employee_id staff_id student_id person_id employee_number "
        "personnel_number staff_number uid id 用户id 人员id 用户编号 人员编号 员工编号 "
        "工号 员工号 学号 编号 使用者id 人員編號 員工編號 工號 學號 編號 ユーザーid "
        "利用者id 社員番号 従業員番号 職員番号 学籍番号 사용자id 사용자아이디 아이디 "
        "사번 사원번호 학번 benutzer_id benutzerkennung personalnummer mitarbeiternummer "
        "matrikelnummer kennung id_utilisateur identifiant matricule id_usuario "
        "id_de_usuario identificador matrícula id_utente identificativo matricola "
        "id_do_usuário gebruikers_id gebruikersid personeelsnummer användar_id "
        "anställningsnummer bruger_id bruker_id medarbejdernummer ansattnummer "
        "käyttäjätunnus henkilönumero id_użytkownika identyfikator numer_pracownika "
        "id_uživatele osobní_číslo identifikátor felhasználóazonosító azonosító "
        "törzsszám id_utilizator marcă ид идентификатор табельный_номер ідентифікатор "
        "табельний_номер αναγνωριστικό κωδικός kullanıcı_id kullanıcı_kimliği sicil_no "
        "معرف_المستخدم المعرف الرقم_الوظيفي מזהה_משתמש מזהה รหัสผู้ใช้ รหัสพนักงาน รหัส "
        "mã_nhân_viên mã_người_dùng"
    ),
    "file": (
        "file file_name picture_file photo_file image_file picture photo image path 文件 "
        "文件名 文件名称 照片文件 照片文件名 照片名 照片 图片文件 图片名 图片 图像 头像 "
        "檔案 檔名 檔案名稱 相片 照片檔名 圖片 頭像 ファイル ファイル名 画像ファイル "
        "画像ファイル名 写真ファイル 写真 画像 파일 파일명 파일이름 사진파일 사진 이미지 "
        "datei dateiname bilddatei bild foto fichier nom_du_fichier nom_de_fichier "
        "photographie archivo fichero nombre_de_archivo nombre_del_archivo fotografía "
        "imagen nome_file nome_del_file immagine arquivo ficheiro nome_do_arquivo "
        "nome_do_ficheiro imagem bestand bestandsnaam afbeelding fil filnamn filnavn "
        "billede bilde tiedosto tiedostonimi kuva plik nazwa_pliku zdjęcie soubor "
        "název_souboru fotografie súbor názov_súboru datoteka ime_datoteke slika fájl "
        "fájlnév fénykép kép fișier nume_fișier poză imagine fail failinimi pilt failas "
        "nuotrauka fails attēls файл имя_файла фото фотография изображение назва_файлу "
        "фотографія снимка αρχείο όνομα_αρχείου φωτογραφία εικόνα dosya dosya_adı "
        "fotoğraf resim ملف الملف اسم_الملف صورة الصورة קובץ שם_קובץ תמונה فایل عکس ไฟล์ "
        "ชื่อไฟล์ รูปภาพ รูป tệp tên_tệp ảnh hình_ảnh berkas gambar"
    ),
    "person": "person",
    "minimum_score": "minimum_score",
}


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Return which columns a header has: our names for them, and their places."""
    keys = [_key(cell) for cell in header]
    found: dict[str, int] = {}
    for column, called in _ALIASES.items():
        places = [(called[key], place) for place, key in enumerate(keys) if key in called]
        if places:
            found[column] = min(places)[1]
    return found


def _key(cell: str) -> str:
    """Return a heading as it is compared: without case, accents and punctuation."""
    text = unicodedata.normalize("NFKD", cell.casefold())
    return "".join(char for char in text if char.isalnum())


_ALIASES: Final = {
    column: {_key(word): rank for rank, word in reversed([*enumerate(called.split())])}
    for column, called in _CALLED.items()
}
